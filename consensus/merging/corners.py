"""Put numbers that describe one thing together: each number weighs by its worker's exactness."""

import numpy as np

from consensus.arrays import FloatArray, IntArray

PSEUDO_MARKS = 10.0
SPREAD_START = 0.15
SPREAD_MIN = 0.01
GROUP_MIN = 3


def weighted_median(values: FloatArray, weights: FloatArray) -> float:
    """Find where half of the weight lies on either side, linearly between values.

    With equal weights this is the common median. Both arrays are (values,), weights above 0.
    """
    order = np.lexsort((weights, values))
    ordered, shares = values[order], weights[order]
    middle = np.cumsum(shares) - shares / 2
    return float(np.interp(shares.sum() / 2, middle, ordered))


def merge(numbers: FloatArray, spreads: FloatArray) -> FloatArray:
    """Put (marks, coordinates) together by medians weighted 1 / spread²: (coordinates,)."""
    columns = zip(numbers.T, (1 / spreads**2).T, strict=True)
    return np.array([weighted_median(values, weights) for values, weights in columns])


def spreads(
    groups: list[tuple[IntArray, FloatArray, FloatArray]], workers: int, coordinates: int
) -> FloatArray:
    """Measure how far each worker's numbers lie from the group's: (workers + 1, coordinates).

    A group is the workers (marks,), their numbers (marks, coordinates) and the size
    (coordinates,) that distances are divided by. The mean absolute distance from the median is
    shrunk to the crowd's by PSEUDO_MARKS; only groups of GROUP_MIN marks teach. The last row is
    the crowd's, for workers nobody has seen.
    """
    sums, counts = np.zeros((workers, coordinates)), np.zeros((workers, 1))
    for worker, numbers, size in groups:
        if len(worker) >= GROUP_MIN:
            away = np.abs(numbers - np.median(numbers, axis=0)) / size
            np.add.at(sums, worker, np.minimum(away, 1.0))
            np.add.at(counts, worker, 1.0)
    crowd = (sums.sum(axis=0) + SPREAD_START) / (counts.sum() + 1)
    own = (sums + PSEUDO_MARKS * crowd) / (counts + PSEUDO_MARKS)
    return np.asarray(np.maximum(np.concatenate([own, crowd[None]]), SPREAD_MIN))
