"""Compare each answer with what the others to its task say, and with what was to be expected.

A worker's own answer is left out of what it is compared with, and only tasks with two or more
others count: nobody agrees with themselves, and one other person is no label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
OTHERS_MIN = 2
ACCURACY_LEAST, ACCURACY_MOST = 0.01, 0.99


@dataclass(frozen=True, eq=False)
class Crowd:
    """All answers of one control as numbers, side by side: (answers,) each.

    `accuracies` (workers,) is what is known of each worker, 0 to 1; `classes` how many there are.
    """

    tasks: Places
    workers: Places
    given: Places
    accuracies: Numbers
    classes: int


@dataclass(frozen=True, eq=False)
class Compared:
    """What became of the comparison, (answers,) each: counted at all, agreed, and the chance of it.

    `expected` is the chance that a worker of the crowd's mean accuracy agrees on that very task:
    low where the others are split, so that hard tasks shame nobody.
    """

    is_counted: npt.NDArray[np.bool_]
    agreed: npt.NDArray[np.bool_]
    expected: Numbers


def compare(crowd: Crowd) -> Compared:
    """Compare every answer with the label that the others alone would make.

    That label is the likeliest class under naive Bayes with one accuracy a worker (one-coin): an
    answer of a worker who is right with probability a speaks for its class with weight
    log(a (K − 1) / (1 − a)). One's own weight is taken out again, which costs nothing.
    """
    accuracies = np.clip(crowd.accuracies, ACCURACY_LEAST, ACCURACY_MOST)
    weights = np.log(accuracies * (crowd.classes - 1) / (1 - accuracies))[crowd.workers]
    tasks_count = int(crowd.tasks.max()) + 1 if len(crowd.tasks) else 0
    totals = np.zeros((tasks_count, crowd.classes))
    np.add.at(totals, (crowd.tasks, crowd.given), weights)
    others = totals[crowd.tasks]
    others[np.arange(len(crowd.given)), crowd.given] -= weights
    others -= others.max(axis=1, keepdims=True, initial=-np.inf)
    posterior = np.exp(others)
    posterior /= posterior.sum(axis=1, keepdims=True)
    likeliest = posterior.max(axis=1, initial=0.0)
    mean = float(np.clip(accuracies.mean(), ACCURACY_LEAST, ACCURACY_MOST)) if len(weights) else 0.5
    by_chance = (1 - likeliest) * (1 - mean) / max(crowd.classes - 1, 1)
    counts = np.bincount(crowd.tasks, minlength=tasks_count)[crowd.tasks]
    return Compared(
        counts - 1 >= OTHERS_MIN,
        posterior.argmax(axis=1) == crowd.given,
        likeliest * mean + by_chance,
    )


def accuracies_of(right: Sequence[float], answered: Sequence[float], classes: int) -> Numbers:
    """Shrink measured accuracies to the crowd's by four pseudo answers: (workers,).

    The crowd's own starts midway between guessing and perfect, worth ten answers.
    """
    hits, counts = np.asarray(right, dtype=np.float64), np.asarray(answered, dtype=np.float64)
    start = (1 + 1 / max(classes, 2)) / 2
    crowd = (hits.sum() + 10 * start) / (counts.sum() + 10)
    return np.asarray((hits + 4 * crowd) / (counts + 4))
