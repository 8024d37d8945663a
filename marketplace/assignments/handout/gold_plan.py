"""The gold plan: how many of a worker's next tasks shall be gold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

UNPROVEN_SHARE = 0.5


@dataclass(frozen=True)
class GoldPlan:
    """A job's plan: every other task until `first` gold are right, then one in `every`; 0: none."""

    first: int
    every: int

    def share(self, gold_right: int) -> float:
        """Return the share of gold among the next tasks of a worker with so many right."""
        if self.every == 0:
            return 0.0
        return UNPROVEN_SHARE if gold_right < self.first else 1 / self.every

    def draw(self, gold_right: int, count: int, chance: Random) -> int:
        """Return how many of the next `count` tasks shall be gold.

        The mean is rounded up or down by chance, so nobody can tell where the next one is.
        """
        mean = self.share(gold_right) * count
        whole = math.floor(mean)
        return whole + (chance.random() < mean - whole)
