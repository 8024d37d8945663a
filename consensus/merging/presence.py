"""Tell real marks from false ones by who marked them and who, having looked, did not.

A two-class Dawid–Skene over groups of marks: worker w marks a real thing with probability
found_w and joins a false group with probability invented_w, both Beta beliefs shrunk to the
crowd's. Only groups that somebody marked are seen, so every likelihood is divided by its chance
of being seen at all, and the unseen ones are counted as missed (Sanathanan 1972 for the idea).
Without that, a thing two of seven saw looks as false as one that a single worker invented.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from consensus.arrays import FloatArray, IntArray

PSEUDO_GROUPS = 10.0
ROUNDS = 40
FOUND, INVENTED = (0.01, 0.99), (0.005, 0.95)
START_FOUND, START_INVENTED = 0.8, 0.1


@dataclass(frozen=True, eq=False)
class Looks:
    """Who looked at which group, and whether they marked it (1 or 0): three arrays (looks,)."""

    group: IntArray
    worker: IntArray
    marked: FloatArray
    groups: int
    workers: int


@dataclass(frozen=True, eq=False)
class Presence:
    """How often workers mark real things and false ones, and the share of real groups."""

    found: FloatArray
    invented: FloatArray
    real_share: float

    def probabilities(self, looks: Looks) -> FloatArray:
        """Give the probability that each group is real: (groups,)."""
        found, invented = self.found[looks.worker], self.invented[looks.worker]
        odds = np.where(
            looks.marked > 0,
            np.log(found / invented),
            np.log((1 - found) / (1 - invented)),
        )
        total = np.bincount(looks.group, odds, looks.groups)
        seen_real = _unseen(looks, self.found)
        seen_false = _unseen(looks, self.invented)
        total += np.log1p(-seen_false) - np.log1p(-seen_real)
        return np.asarray(special.expit(total + special.logit(self.real_share)))


def fit(looks: Looks, known: FloatArray | None = None) -> tuple[Presence, FloatArray]:
    """Learn how workers find and invent: return that and the probabilities (groups,).

    `known` (groups,) is 1 or 0 for groups whose truth is known and NaN elsewhere.
    """
    each = np.bincount(looks.group, minlength=looks.groups)
    real = np.bincount(looks.group, looks.marked, looks.groups) / np.maximum(each, 1)
    fixed = np.full(looks.groups, np.nan) if known is None else known
    real = np.where(np.isnan(fixed), real, fixed)
    found = np.full(looks.workers, START_FOUND)
    invented = np.full(looks.workers, START_INVENTED)
    presence = Presence(found, invented, 0.5)
    for _ in range(ROUNDS):
        found = _rates(looks, real, found, FOUND)
        invented = _rates(looks, 1 - real, invented, INVENTED)
        share = (real.sum() + 1) / (looks.groups + 2)
        presence = Presence(found, invented, float(share))
        real = presence.probabilities(looks)
        real = np.where(np.isnan(fixed), real, fixed)
    return presence, real


def _rates(
    looks: Looks, belief: FloatArray, last: FloatArray, bounds: tuple[float, float]
) -> FloatArray:
    """Count how often each worker marks groups believed to be of one sort: (workers,)."""
    unseen = _unseen(looks, last)
    weight = belief[looks.group]
    chances = weight * (1 + (unseen / (1 - unseen))[looks.group])
    marks = np.bincount(looks.worker, weight * looks.marked, looks.workers)
    total = np.bincount(looks.worker, chances, looks.workers)
    crowd = (marks.sum() + np.mean(bounds)) / (total.sum() + 1)
    rates = (marks + PSEUDO_GROUPS * crowd) / (total + PSEUDO_GROUPS)
    return np.asarray(np.clip(rates, *bounds))


def _unseen(looks: Looks, rate: FloatArray) -> FloatArray:
    """Give the chance that nobody who looked marks a group: (groups,), below 1."""
    logs = np.bincount(looks.group, np.log1p(-rate[looks.worker]), looks.groups)
    return np.asarray(np.minimum(np.exp(logs), 1 - 1e-9))
