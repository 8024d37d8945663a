"""The measured ability of workers, each with its interval, shrunk to that of the crowd."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from consensus.arrays import FloatArray, IntArray

PSEUDO_ANSWERS = 4.0
CROWD_PSEUDO_ANSWERS = 10.0
LEVEL = 0.95


@dataclass(frozen=True)
class Skill:
    """One worker's accuracy with its interval, and the weight of evidence in answers."""

    accuracy: float
    low: float
    high: float
    answers: float


@dataclass(frozen=True, eq=False)
class Skills:
    """Accuracies of all workers: arrays (workers,); `crowd` is what an unknown worker gets.

    `right` and `answers` are the evidence (right may be an expected, fractional count), so a
    percentage can always be taken back to its numerator and denominator.
    """

    crowd: float
    right: FloatArray
    answers: FloatArray
    accuracy: FloatArray
    low: FloatArray
    high: FloatArray

    def of(self, worker: int) -> Skill:
        """Give one worker's skill."""
        return Skill(
            float(self.accuracy[worker]),
            float(self.low[worker]),
            float(self.high[worker]),
            float(self.answers[worker]),
        )


def measure(right: FloatArray, answers: FloatArray | IntArray, classes: int) -> Skills:
    """Measure skills from how many answers were right: two arrays (workers,).

    Each accuracy has the Beta posterior of `right` of `answers` under a prior worth
    PSEUDO_ANSWERS answers at the crowd's accuracy; the interval holds 95 % of it. The crowd's
    own accuracy starts midway between guessing and perfect, worth CROWD_PSEUDO_ANSWERS.
    """
    total = np.asarray(answers, dtype=np.float64)
    wrong = np.maximum(total - right, 0.0)
    start = CROWD_PSEUDO_ANSWERS * (1 + 1 / classes) / 2
    crowd = float((right.sum() + start) / (total.sum() + CROWD_PSEUDO_ANSWERS))
    hits = right + PSEUDO_ANSWERS * crowd
    misses = wrong + PSEUDO_ANSWERS * (1 - crowd)
    tail = (1 - LEVEL) / 2
    return Skills(
        crowd=crowd,
        right=right,
        answers=total,
        accuracy=hits / (hits + misses),
        low=special.betaincinv(hits, misses, tail),
        high=special.betaincinv(hits, misses, 1 - tail),
    )
