"""The kind “number”: a measured or estimated value.

Two numbers are as alike as they are near: 1 − distance / range, the range being what the job
allows. Labels are means in which those weigh more who foretell the others (`merging/scales`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from consensus import agreement, terms
from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label
from consensus.merging import corners, scales
from consensus.terms import Terms

NAME = "number"
TYPES = ("number",)
RANGE = 100.0
NEAR_SHARE = 0.1


def read(items: Sequence[Mapping[str, Any]], allowed: Terms) -> float:
    """Read the number of a Label Studio value, or refuse what is wrong."""
    given = terms.only(items, "number", "number")
    check(given, allowed)
    return float(given)


def write(value: float) -> list[dict[str, Any]]:
    """Write the number as Label Studio values."""
    return [{"number": value}]


def check(answer: object, allowed: Terms) -> None:
    """Refuse what is no finite number in the job's range."""
    terms.check_number(answer, "The answer", allowed.low, allowed.high)


def similarity(first: float, second: float, span: float = RANGE) -> float:
    """Return 1 − distance / span, not below 0."""
    return max(1 - abs(first - second) / span, 0.0)


def label(values: Sequence[float], weights: FloatArray) -> Label:
    """Label one task with the weighted median; confidence is the weight near to it.

    Near is within NEAR_SHARE of the distance between the smallest and the largest answer.
    """
    given = np.array(values, dtype=np.float64)
    middle = corners.weighted_median(given, weights)
    near = np.abs(given - middle) <= NEAR_SHARE * np.ptp(given) + 1e-12
    return Label(middle, float(weights[near].sum() / weights.sum()))


def fit(answers: Answers, known: Mapping[str, float]) -> Fitted:
    """Label all tasks of a job, known ones staying as they are."""
    return scales.fit(answers, known)


def agree(answers: Answers) -> dict[str, float | None]:
    """Report Krippendorff's alpha for intervals, and ICC(1)."""
    value = np.array(answers.values, dtype=np.float64)
    return {
        "interval_alpha": agreement.valued_alpha(answers.task, value, "interval"),
        "icc": agreement.icc(answers.task, value),
    }
