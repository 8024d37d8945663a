"""How far two answers made of regions agree: which regions match, and how well."""

import numpy as np
import scipy

from consensus.arrays import FloatArray


def matched(alike: FloatArray) -> FloatArray:
    """Match regions one to one for the greatest sum: `alike` is (first, second) in [0, 1].

    Return the similarity of each matched pair (pairs,), zeros left out.
    """
    if not alike.size:
        return np.zeros(0)
    rows, columns = scipy.optimize.linear_sum_assignment(alike, maximize=True)
    pairs = alike[rows, columns]
    return np.asarray(pairs[pairs > 0], dtype=np.float64)


def matched_f1(alike: FloatArray, least: float) -> tuple[int, int, int]:
    """Count pairs alike by `least` or more, and the first's and second's regions left over.

    Matching is one to one for the greatest number of such pairs (then for the closest). With
    the counts (hits, missed, extra) summed over tasks, F1 = 2 hits / (2 hits + missed + extra).
    """
    first, second = alike.shape
    if not alike.size:
        return 0, first, second
    good = np.where(alike >= least, 1 + alike / (1 + min(first, second)), 0.0)
    hits = int((matched(good) >= 1).sum())
    return hits, first - hits, second - hits
