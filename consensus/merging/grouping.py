"""Group what different workers marked by what it seems to mean: one mark of each in a group."""

import numpy as np

from consensus.arrays import FloatArray, IntArray

LEAST = 0.35


def group(alike: FloatArray, worker: IntArray, least: float = LEAST) -> list[IntArray]:
    """Group marks whose mean similarity is `least` or more, the closest two groups first.

    `alike` is (marks, marks) in [0, 1], `worker` (marks,). Average linkage, but two marks of one
    worker never meet in a group. Return the places of each group's marks.
    """
    count = len(worker)
    members = [[place] for place in range(count)]
    _, owner = np.unique(worker, return_inverse=True)
    owners = np.zeros((count, int(owner.max(initial=-1)) + 1), dtype=bool)
    owners[np.arange(count), owner] = True
    sizes, sums = np.ones(count), alike.astype(np.float64)
    sums[np.tril_indices(count)] = -np.inf
    barred = owners.astype(np.int64) @ owners.T.astype(np.int64) > 0
    sums[barred] = -np.inf
    while count > 1:
        means = sums / np.outer(sizes, sizes)
        best = int(np.argmax(np.round(means, 9)))
        one, other = divmod(best, count)
        if not means[one, other] >= least:
            break
        _join(sums, one, other)
        sizes[one] += sizes[other]
        owners[one] |= owners[other]
        members[one] += members[other]
        members[other] = []
        clash = (owners & owners[one]).any(axis=1)
        sums[one, clash] = -np.inf
        sums[clash, one] = -np.inf
    return [np.array(sorted(places)) for places in members if places]


def _join(sums: FloatArray, one: int, other: int) -> None:
    """Add the other group's sums to the first's, which keeps to the upper half of the table."""
    full = np.maximum(sums, sums.T)
    row = full[one] + full[other]
    sums[one, :], sums[:, one] = -np.inf, -np.inf
    sums[other, :], sums[:, other] = -np.inf, -np.inf
    sums[one, one + 1 :] = row[one + 1 :]
    sums[:one, one] = row[:one]
