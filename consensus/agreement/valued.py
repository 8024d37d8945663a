"""How far workers agree on values that have an order: ratings and numbers."""

from typing import Literal

import numpy as np

from consensus.arrays import FloatArray, IntArray

Level = Literal["ordinal", "interval"]


def valued_alpha(task: IntArray, value: FloatArray, level: Level) -> float | None:
    """Compute Krippendorff's alpha of answers that are numbers.

    `task` and `value` are (answers,). alpha = 1 − observed / expected disagreement, the
    disagreement of two values being (a − b)² (`interval`), or the same of their ranks, a rank
    being the mean place among all paired answers (`ordinal`; Krippendorff 2011). Only tasks
    with two answers or more count. None where no task has two, or all values are equal.
    """
    counts = np.bincount(task) if len(task) else np.zeros(0, dtype=np.int64)
    paired = counts[task] >= 2 if len(task) else np.zeros(0, dtype=bool)
    if not paired.any():
        return None
    task, scale = task[paired], value[paired]
    if level == "ordinal":
        scale = _mean_places(scale)
    expected = scale.var() * len(scale) / (len(scale) - 1)
    if expected <= 0:
        return None
    each = np.bincount(task)
    answered = each > 0
    sums, squares = np.bincount(task, scale), np.bincount(task, scale**2)
    within = (squares - sums**2 / np.maximum(each, 1))[answered]
    # The squared differences of all pairs of m values sum to m times their summed squares.
    observed = (within * each[answered] / (each[answered] - 1)).sum() / len(scale)
    return float(1 - observed / expected)


def icc(task: IntArray, value: FloatArray) -> float | None:
    """Compute the intraclass correlation ICC(1), one way, of answers that are numbers.

    `task` and `value` are (answers,). ICC(1) = (B − W) / (B + (m − 1) W) from the mean squares
    between and within tasks (Shrout & Fleiss 1979), m being the mean number of answers a task
    corrected for unequal numbers. None with fewer than two tasks, or without two answers to one.
    """
    _, dense = np.unique(task, return_inverse=True)
    each = np.bincount(dense)
    tasks, answers = len(each), len(value)
    if tasks < 2 or answers <= tasks:
        return None
    means = np.bincount(dense, value) / each
    between = (each * (means - value.mean()) ** 2).sum() / (tasks - 1)
    within = ((value - means[dense]) ** 2).sum() / (answers - tasks)
    size = (answers - (each**2).sum() / answers) / (tasks - 1)
    total = between + (size - 1) * within
    return float((between - within) / total) if total > 0 else None


def _mean_places(value: FloatArray) -> FloatArray:
    """Replace values by their mean place: the ordinal distance sums what lies between."""
    _, dense, counts = np.unique(value, return_inverse=True, return_counts=True)
    places = np.cumsum(counts) - counts / 2
    return np.asarray(places[dense], dtype=np.float64)
