"""How far workers agree on nominal answers beyond what chance would give.

Both measures start from how often each task was given each class and never build a table of
tasks × workers. Show them side by side: alpha alone looks bad when one class dominates.
"""

import numpy as np

from consensus.arrays import FloatArray, IntArray


def alpha(class_counts: FloatArray) -> float | None:
    """Compute Krippendorff's alpha for nominal answers.

    `class_counts` is (tasks, classes); tasks with fewer than two answers do not count.
    alpha = 1 − observed / expected disagreement (Krippendorff, Content Analysis, ch. 12):
    observed = Σ_tasks (m² − Σ_k n_k²)/(m − 1) / n, expected = (n² − Σ_k N_k²) / (n (n − 1)),
    with m answers a task, n in all. 1 is perfect, 0 is chance, less is worse than chance.
    None where it is undefined: no task has two answers, or only one class was ever given.
    """
    paired = class_counts[class_counts.sum(axis=1) >= 2]
    each = paired.sum(axis=1)
    total = float(each.sum())
    expected = (total**2 - float(np.square(paired.sum(axis=0)).sum())) / max(total - 1, 1)
    if expected <= 0:
        return None
    observed = ((each**2 - np.square(paired).sum(axis=1)) / (each - 1)).sum()
    return float(1 - observed / expected)


def ac1(class_counts: FloatArray) -> float | None:
    """Compute Gwet's first-order agreement coefficient AC1.

    `class_counts` is (tasks, classes). AC1 = (a − e) / (1 − e) (Gwet 2008): a is the mean
    share of agreeing pairs over tasks with two answers or more, e = Σ_k π_k (1 − π_k)/(K − 1)
    with π_k the mean share of class k over all answered tasks. None if no task has two answers.
    """
    answered = class_counts[class_counts.sum(axis=1) >= 1]
    each = answered.sum(axis=1)
    paired, pairs = answered[each >= 2], each[each >= 2]
    if not len(paired):
        return None
    agreed = ((paired * (paired - 1)).sum(axis=1) / (pairs * (pairs - 1))).mean()
    share = (answered / each[:, None]).mean(axis=0)
    chance = (share * (1 - share)).sum() / (len(share) - 1)
    return float((agreed - chance) / (1 - chance))


def fleiss_kappa(class_counts: FloatArray) -> float | None:
    """Compute Fleiss' kappa, extended to differing numbers of answers a task.

    `class_counts` is (tasks, classes). kappa = (a − e) / (1 − e) (Fleiss 1971): a is the mean
    share of agreeing pairs a task, e = Σ_k p_k² with p_k the share of class k among all answers
    of the tasks with two or more. None where it is undefined.
    """
    paired = class_counts[class_counts.sum(axis=1) >= 2]
    if not len(paired):
        return None
    each = paired.sum(axis=1)
    agreed = ((paired * (paired - 1)).sum(axis=1) / (each * (each - 1))).mean()
    chance = float(np.square(paired.sum(axis=0) / each.sum()).sum())
    return float((agreed - chance) / (1 - chance)) if chance < 1 else None


def cohen_kappa(first: IntArray, second: IntArray, classes: int) -> float | None:
    """Compute Cohen's kappa of two workers over the tasks both answered (Cohen 1960).

    `first` and `second` are (tasks,) class indices. None without tasks, or where both always
    gave one and the same class.
    """
    if not len(first):
        return None
    table = np.bincount(first * classes + second, minlength=classes * classes)
    shares = table.reshape(classes, classes) / len(first)
    chance = float(shares.sum(axis=1) @ shares.sum(axis=0))
    return float((np.trace(shares) - chance) / (1 - chance)) if chance < 1 else None
