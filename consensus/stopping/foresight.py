"""What further answers to a task are expected to buy, in accuracy per answer.

Only the gap between the two likeliest classes matters, so a task is a random walk: an answer moves
the log odds between the two up or down by one step, or not at all if it names a third class. Who
asks on stops as soon as the task is decided, or hopeless; of all such ways to go on, the best one
buys most accuracy per answer, and that rate is what an answer is worth:

    worth(gap) = max over ways to stop τ ≥ 1 of E[accuracy at τ − accuracy now] / E[τ].

It is the highest price of an answer at which going on still pays (an index as Gittins's, 1979),
found for many prices at once by backward induction. One answer ahead sees no value in a lead of
two, since no single answer can turn it; this does, and it does not charge a task for answers that
it would not ask for any more (value of information, Kamar, Hacker & Horvitz 2012, solved exactly
for the walk).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import special

from consensus.arrays import FloatArray, IntArray

GAP_STEP = 0.1
GAP_MAX = 9.0
HORIZON_MAX = 40
PROBABILITY_MIN = 1e-9
ACCURACY_MARGIN = 0.01
PRICES = np.geomspace(1e-5, 0.5, 120)


@dataclass(frozen=True, eq=False)
class Foresight:
    """What an answer is worth: `table` is (answers left, gap in steps of GAP_STEP)."""

    table: FloatArray

    def worth(self, probabilities: FloatArray, left: IntArray) -> FloatArray:
        """Give what an answer is expected to buy: chance of a right label an answer, (tasks,).

        `probabilities` is (tasks, classes), `left` (tasks,) how many answers may still come.
        """
        pairs = np.sort(np.partition(probabilities, -2, axis=1)[:, -2:], axis=1)
        gap = np.log(pairs[:, 1]) - np.log(np.maximum(pairs[:, 0], PROBABILITY_MIN))
        horizons, gaps = self.table.shape
        column = np.minimum(np.rint(gap / GAP_STEP).astype(np.int64), gaps - 1)
        row = np.clip(left, 0, horizons - 1)
        return np.asarray(pairs.sum(axis=1) * self.table[row, column])


def foresee(
    accuracy: FloatArray, answers: FloatArray, classes: int, temperature: float, most: int
) -> Foresight:
    """Work out what up to `most` more answers buy, from workers of these accuracies (workers,).

    Each worker weighs as their `answers` do. All answers are taken to move the log odds by the
    root mean square of what each of them does, divided by the temperature under which posteriors
    are honest.
    """
    known = np.clip(accuracy, 1 / classes, 1 - ACCURACY_MARGIN)
    steps = np.log(known * (classes - 1) / (1 - known))
    step = max(float(np.sqrt(np.average(np.square(steps), weights=answers))), ACCURACY_MARGIN)
    right = 1 / (1 + (classes - 1) * np.exp(-step))
    about = right + (1 - right) / (classes - 1)
    up = about / (1 + np.exp(-step / temperature))
    walk = _Walk(float(up), float(about - up), step / temperature)
    return Foresight(_table(walk, min(most, HORIZON_MAX)))


class _Walk(NamedTuple):
    """How an answer moves log odds: chances of up and down where up is true, and by how much."""

    up: float
    down: float
    step: float


def _table(walk: _Walk, horizon: int) -> FloatArray:
    """Find what an answer is worth from every gap with up to `horizon` left: (left + 1, gaps)."""
    gaps = np.arange(0, GAP_MAX + GAP_STEP / 2, GAP_STEP)
    likelier = special.expit(gaps)
    toward = likelier * walk.up + (1 - likelier) * walk.down
    against = likelier * walk.down + (1 - likelier) * walk.up
    wider, closer = gaps + walk.step, np.abs(gaps - walk.step)
    at_once = toward * special.expit(wider) + against * special.expit(closer)
    at_once -= (toward + against) * likelier
    gain = np.zeros((len(PRICES), len(gaps)))
    worth = np.zeros((horizon + 1, len(gaps)))
    for left in range(1, horizon + 1):
        later = toward * _at(gain, wider) + against * _at(gain, closer)
        later += (1 - toward - against) * gain
        surplus = at_once + later - PRICES[:, None]
        worth[left] = np.append(0.0, PRICES)[(surplus > 0).sum(axis=0)]
        gain = np.maximum(surplus, 0.0)
    return worth


def _at(values: FloatArray, gaps: FloatArray) -> FloatArray:
    """Read values (prices, gaps) off between the steps of their gaps."""
    last = values.shape[1] - 1
    place = np.minimum(gaps / GAP_STEP, last)
    below = np.minimum(place.astype(np.int64), last - 1)
    rise = values[:, below + 1] - values[:, below]
    return np.asarray(values[:, below] + (place - below) * rise)
