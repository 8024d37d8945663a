"""Put numbers together: a mean in which a worker weighs by how well they foretell the others.

A worker's weight is the slope of the others' mean on the worker's answers, shrunk to the crowd's
slope. It is small for those who answer at random (no slope) and for those who exaggerate (a
flat one); dividing by the variance of errors instead rewards workers who always give a middle
value, and measured worse than the plain mean.
"""

from collections.abc import Mapping

import numpy as np
from scipy import special

from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label

ROUNDS = 3
PSEUDO_ANSWERS = 20.0
SLOPE_MIN_SHARE = 0.05
FAR_QUANTILE, FAR_TIMES = 0.9, 4.0
NEAR_SHARE = 0.1
RANGE_TAIL = 0.01


def fit(answers: Answers, known: Mapping[str, float]) -> Fitted:
    """Label all tasks with weighted means; known tasks keep their number and teach weights.

    Confidence is the chance that the truth lies within NEAR_SHARE of the range of all answers.
    """
    value = _trimmed(answers, np.array(answers.values, dtype=np.float64))
    fixed = np.array([known.get(name, np.nan) for name in answers.tasks], dtype=np.float64)
    weights = np.ones(len(answers.workers))
    for _ in range(ROUNDS):
        weights = _weights(answers, value, fixed, weights)
    means, errors = _means(answers, value, weights)
    low, high = np.quantile(value, [RANGE_TAIL, 1 - RANGE_TAIL])
    sure = _within(NEAR_SHARE * float(high - low), errors)
    labels = {
        name: Label(float(mean), float(chance))
        for name, mean, chance in zip(answers.tasks, means, sure, strict=True)
    }
    labels |= {name: Label(known[name], 1.0) for name in labels if name in known}
    return Fitted(labels, answers.named(weights))


def _trimmed(answers: Answers, value: FloatArray) -> FloatArray:
    """Pull answers that are far beyond the usual distance from their task's median to it."""
    medians = np.array([np.median(value[answers.places_of(t)]) for t in range(len(answers.tasks))])[
        answers.task
    ]
    away = value - medians
    counted = np.diff(answers.starts)[answers.task] >= 3
    if not counted.any():
        return value
    far = FAR_TIMES * float(np.quantile(np.abs(away[counted]), FAR_QUANTILE))
    return np.asarray(medians + np.clip(away, -far, far))


def _weights(
    answers: Answers, value: FloatArray, fixed: FloatArray, weights: FloatArray
) -> FloatArray:
    """Measure slopes of what others say (or is known) on what a worker says: mean 1."""
    tasks, workers = len(answers.tasks), len(answers.workers)
    own = weights[answers.worker]
    total = np.bincount(answers.task, own, tasks)[answers.task] - own
    sums = np.bincount(answers.task, own * value, tasks)[answers.task] - own * value
    alone = total <= 1e-9
    others = np.where(alone, 0.0, sums / np.where(alone, 1.0, total))
    others = np.where(np.isnan(fixed[answers.task]), others, fixed[answers.task])
    used = (~alone | ~np.isnan(fixed[answers.task])).astype(np.float64)
    count = np.maximum(np.bincount(answers.worker, used, workers), 1)

    def centred(column: FloatArray) -> FloatArray:
        means = np.bincount(answers.worker, used * column, workers) / count
        return np.asarray(column - means[answers.worker])

    said, told = centred(value), centred(others)
    both = np.bincount(answers.worker, used * said * told, workers)
    square = np.bincount(answers.worker, used * said**2, workers)
    if square.sum() <= 0 or both.sum() <= 0:
        return np.ones(workers)
    crowd = both.sum() / square.sum()
    pseudo = PSEUDO_ANSWERS * square.sum() / used.sum()
    slopes = (both + pseudo * crowd) / (square + pseudo)
    slopes = np.maximum(slopes, SLOPE_MIN_SHARE * crowd)
    return np.asarray(slopes / slopes.mean())


def _means(
    answers: Answers, value: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give weighted means and their standard errors: two arrays (tasks,).

    The spread of a task's answers is shrunk to the crowd's, worth two answers.
    """
    tasks = len(answers.tasks)
    own = weights[answers.worker]
    total = np.bincount(answers.task, own, tasks)
    means = np.bincount(answers.task, own * value, tasks) / total
    squares = own * (value - means[answers.task]) ** 2
    crowd = squares.sum() / own.sum()
    variance = (np.bincount(answers.task, squares, tasks) + 2 * crowd) / (total + 2)
    size = total**2 / np.bincount(answers.task, own**2, tasks)
    return means, np.sqrt(variance / size)


def _within(reach: float, errors: FloatArray) -> FloatArray:
    certain = errors <= 1e-12
    scaled = reach / np.where(certain, 1.0, errors)
    return np.asarray(np.where(certain, 1.0, special.erf(scaled / np.sqrt(2))))
