"""What further answers to a task are expected to buy, in accuracy per answer.

Only the gap between the two likeliest classes matters, so a task is a random walk: an answer moves
the log odds between the two up or down by one step, or not at all if it names a third class. After
j more answers the better of the two is right with probability Σ max(p₁ f(n), p₂ f(−n)) over the net
count n; what this is above p₁ is the gain of looking j answers ahead. A task is judged by its best
horizon, max over j of gain(j) / j: looking one answer ahead sees no value in a lead of two, since
no single answer can turn it. (Value of information with a growing horizon, as in Kamar, Hacker &
Horvitz 2012, solved exactly for the two-class walk.)
"""

from dataclasses import dataclass

import numpy as np

from consensus.arrays import FloatArray, IntArray

GAP_STEP = 0.1
GAP_MAX = 9.0
HORIZON_MAX = 40
PROBABILITY_MIN = 1e-9
ACCURACY_MARGIN = 0.01


@dataclass(frozen=True, eq=False)
class Foresight:
    """Best expected gain per answer: `table` is (answers left, gap in steps of GAP_STEP)."""

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
    return Foresight(_table(float(up), float(about - up), min(most, HORIZON_MAX)))


def _table(up: float, down: float, horizon: int) -> FloatArray:
    """Walk `horizon` answers ahead from every gap: (horizon + 1, gaps)."""
    likelier = 1 / (1 + np.exp(-np.arange(0, GAP_MAX + GAP_STEP / 2, GAP_STEP)))
    net = np.zeros(2 * horizon + 1)
    net[horizon] = 1.0
    best = np.zeros((horizon + 1, len(likelier)))
    for ahead in range(1, horizon + 1):
        moved = (1 - up - down) * net
        moved[1:] += up * net[:-1]
        moved[:-1] += down * net[1:]
        net = moved
        ends = np.maximum(np.outer(likelier, net), np.outer(1 - likelier, net[::-1])).sum(axis=1)
        best[ahead] = np.maximum(best[ahead - 1], (ends - likelier) / ahead)
    return best
