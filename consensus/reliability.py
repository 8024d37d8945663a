"""Does 90 % mean 90 %: calibration of confidences, and intervals of shares."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from consensus.arrays import BoolArray, FloatArray

LEVEL = 0.95
PROBABILITY_MIN = 1e-9


@dataclass(frozen=True)
class Bin:
    """One bar of a reliability diagram: mean confidence and accuracy with its interval."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float


def temper(probabilities: FloatArray, temperature: float) -> FloatArray:
    """Apply a temperature to posteriors, rows summing to one: (tasks, classes)."""
    logs = np.log(np.maximum(probabilities, PROBABILITY_MIN)) / temperature
    return np.asarray(special.softmax(logs, axis=1))


def diagram(confidences: FloatArray, right: BoolArray, bins: int = 10) -> tuple[Bin, ...]:
    """Group items by confidence in equal bins over [0, 1]; empty bins are left out.

    `confidences` and `right` are (items,); accuracy has a Wilson 95 % interval.
    """
    place = np.clip((confidences * bins).astype(np.int64), 0, bins - 1)
    bars = []
    for number in np.unique(place):
        inside = place == number
        count, hits = int(inside.sum()), int(right[inside].sum())
        low, high = wilson(hits, count)
        mean = float(confidences[inside].mean())
        bars.append(Bin(number / bins, (number + 1) / bins, count, mean, hits / count, low, high))
    return tuple(bars)


def expected_calibration_error(
    confidences: FloatArray, right: BoolArray, bins: int = 10
) -> float | None:
    """Average |accuracy − confidence| over bins, weighted by items; None without items."""
    bars = diagram(confidences, right, bins)
    if not bars:
        return None
    gap = sum(bar.count * abs(bar.accuracy - bar.confidence) for bar in bars)
    return gap / len(confidences)


def wilson(right: int, total: int, level: float = LEVEL) -> tuple[float, float]:
    """Give Wilson's score interval of a share (Wilson 1927); (0, 1) if nothing was counted."""
    if total == 0:
        return 0.0, 1.0
    z = float(special.ndtri((1 + level) / 2))
    share, weight = right / total, z * z / total
    centre = (share + weight / 2) / (1 + weight)
    reach = z * np.sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    return float(max(centre - reach, 0.0)), float(min(centre + reach, 1.0))


def beta_interval(right: float, wrong: float, level: float = LEVEL) -> tuple[float, float]:
    """Give the central interval of Beta(right, wrong), both above 0 (pseudo counts included)."""
    tail = (1 - level) / 2
    low, high = special.betaincinv(right, wrong, [tail, 1 - tail])
    return float(low), float(high)
