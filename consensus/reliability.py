"""Does 90 % mean 90 %: calibration of confidences, and intervals of shares."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from consensus.arrays import BoolArray, FloatArray, IntArray

LEVEL = 0.95
LOG_TEMPERATURE_SPREAD = 0.35
LOG_TEMPERATURE_MAX = 2.5
PROBABILITY_MIN = 1e-9
CURVATURE_STEP = 1e-3


@dataclass(frozen=True)
class Temperature:
    """A correction of posteriors, p^(1/value) renormalised, with its interval and the number
    of items it rests on; above 1 it makes over-confident posteriors milder."""

    value: float
    low: float
    high: float
    items: int


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


def fit_temperature(
    probabilities: FloatArray, correct: IntArray, start: float = 1.0
) -> Temperature:
    """Find the temperature under which posteriors predict the correct classes best.

    `probabilities` is (items, classes), `correct` (items,) the class that is right. Minimises
    the negative log likelihood plus a normal prior on log T around `start` (1, or that of the
    whole platform) with deviation LOG_TEMPERATURE_SPREAD, so few items move it little. The
    95 % interval is from the curvature at the minimum (Laplace). Guo et al. 2017.
    """
    from scipy import optimize  # here: the web never fits, and it would cost each process 40 MB

    logs = np.log(np.maximum(probabilities, PROBABILITY_MIN))
    rows = np.arange(len(correct))

    def loss(log_temperature: float) -> float:
        scaled = logs / np.exp(log_temperature)
        missed = special.logsumexp(scaled, axis=1) - scaled[rows, correct]
        pull = (log_temperature - np.log(start)) / LOG_TEMPERATURE_SPREAD
        return float(missed.sum() + pull**2 / 2)

    bounds = (-LOG_TEMPERATURE_MAX, LOG_TEMPERATURE_MAX)
    best = float(optimize.minimize_scalar(loss, bounds=bounds, method="bounded").x)
    step = CURVATURE_STEP
    bend = (loss(best + step) - 2 * loss(best) + loss(best - step)) / step**2
    reach = special.ndtri((1 + LEVEL) / 2) / np.sqrt(max(bend, LOG_TEMPERATURE_SPREAD**-2))
    low, high = np.exp(best - reach), np.exp(best + reach)
    return Temperature(float(np.exp(best)), float(low), float(high), len(correct))


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
