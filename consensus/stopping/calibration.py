"""How sure a label really is: a correction of confidences learnt from random, known items.

Two things make a posterior too sure. Errors that come together are taken out by a temperature
T (Guo et al. 2017): p^(1/T), renormalised. And some tasks are got wrong however many answer, which
no temperature tells from missing answers: a floor ε spreads that share over all classes,
(1 − ε) p + ε / K. Both are shrunk: ln T to the platform's, ε to nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from scipy import special

from consensus import reliability
from consensus.arrays import FloatArray, IntArray

PLATFORM_TEMPERATURE = 1.2
LOG_SPREAD = 0.5
FLOOR_WEIGHT = 8.0
ITEMS_MIN = 20
TEMPERATURES = np.exp(np.linspace(np.log(0.6), np.log(5.0), 43))
FLOORS = np.array([0, 0.005, 0.01, 0.02, 0.03, 0.045, 0.06, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25])
PROBABILITY_MIN = 1e-9


@dataclass(frozen=True)
class Calibration:
    """A temperature with its 95 % interval, a floor, and on how many items they rest."""

    temperature: float
    floor: float
    low: float
    high: float
    items: int

    @property
    def is_calibrated(self) -> bool:
        """Tell whether enough of the job's own items speak; else the platform's prior does."""
        return self.items >= ITEMS_MIN

    @property
    def trust(self) -> float:
        """Say how far to rely on it, 0 to 1: fully from ITEMS_MIN items on."""
        return min(1.0, self.items / ITEMS_MIN)

    @property
    def sentence(self) -> str:
        """Say what the confidences rest on, for people."""
        if not self.is_calibrated:
            return "Not calibrated yet."
        return (
            f"Calibration from {self.items} items: temperature {self.temperature:.2f} "
            f"({self.low:.2f} to {self.high:.2f}), floor {self.floor:.1%}."
        )

    def temper(self, posterior: FloatArray) -> FloatArray:
        """Apply the temperature alone: what answers may still change, (tasks, classes)."""
        return reliability.temper(posterior, self.temperature)

    def apply(self, posterior: FloatArray) -> FloatArray:
        """Make posteriors honest, rows summing to one: (tasks, classes)."""
        honest = (1 - self.floor) * self.temper(posterior) + self.floor / posterior.shape[1]
        return np.asarray(honest)

    def to_dict(self) -> dict[str, Any]:
        """Write it as values JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        return cls(**stored)


def learn(posterior: FloatArray, correct: IntArray, weights: FloatArray, items: int) -> Calibration:
    """Learn from the posteriors (trials, classes) of known items and the class that is right.

    Several trials of one item share its weight of one. Maximises the weighted log likelihood
    less (ln T − ln PLATFORM)² / 2 LOG_SPREAD² and FLOOR_WEIGHT · ε over a grid; the interval is
    where the profile over T lies within χ²(1) at 95 % of its best (Wilks).
    """
    losses = np.array([_losses(posterior, correct, weights, each) for each in TEMPERATURES])
    pull = np.square(np.log(TEMPERATURES / PLATFORM_TEMPERATURE) / LOG_SPREAD) / 2
    losses += pull[:, None] + FLOOR_WEIGHT * FLOORS
    best, floor = np.unravel_index(losses.argmin(), losses.shape)
    profile = losses.min(axis=1)
    near = TEMPERATURES[profile - profile.min() <= special.chdtri(1, 1 - reliability.LEVEL) / 2]
    return Calibration(
        round(float(TEMPERATURES[best]), 4),
        float(FLOORS[floor]),
        round(float(near[0]), 4),
        round(float(near[-1]), 4),
        items,
    )


def _losses(
    posterior: FloatArray, correct: IntArray, weights: FloatArray, temperature: float
) -> FloatArray:
    """Give the weighted negative log likelihood under each of FLOORS."""
    tempered = reliability.temper(posterior, temperature)
    hit = tempered[np.arange(len(correct)), correct]
    honest = np.outer(1 - FLOORS, hit) + FLOORS[:, None] / posterior.shape[1]
    return np.asarray(-(np.log(honest + PROBABILITY_MIN) @ weights))


PLATFORM = learn(np.full((0, 2), 0.5), np.zeros(0, np.int64), np.zeros(0), 0)
AS_IS = Calibration(1.0, 0.0, 1.0, 1.0, 0)
