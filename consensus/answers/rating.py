"""The kind “rating”: a whole number of steps, such as stars.

Two ratings are as alike as they are near: 1 − distance / longest distance the job allows. Labels
come from the truth models with every step as a class, and the label is the middle of the
posterior: half of the probability lies on either side, so that neighbouring steps support each
other as an order demands.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from consensus import agreement, terms
from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label
from consensus.merging import classes, corners
from consensus.terms import Terms

NAME = "rating"
TYPES = ("rating",)
LOWEST = 1
STEPS = 5
STEPS_MAX = 100


def read(items: Sequence[Mapping[str, Any]], allowed: Terms) -> int:
    """Read the rating of a Label Studio value, or refuse what is wrong."""
    given = terms.only(items, "rating", "rating")
    check(given, allowed)
    return int(given)


def write(value: int) -> list[dict[str, Any]]:
    """Write the rating as Label Studio values."""
    return [{"rating": value}]


def check(answer: object, allowed: Terms) -> None:
    """Refuse what is no whole number of steps in the job's range."""
    low = LOWEST if allowed.low is None else allowed.low
    given = terms.check_number(answer, "The rating", low, allowed.high or STEPS_MAX)
    if given != int(given):
        terms.refuse("answer_not_whole", "The rating must be a whole number of steps.")


def similarity(first: int, second: int, steps: int = STEPS) -> float:
    """Return 1 − distance / (steps − 1), not below 0."""
    return max(1 - abs(first - second) / (steps - 1), 0.0)


def label(values: Sequence[int], weights: FloatArray) -> Label:
    """Label one task with the step nearest to the weighted median; its share is the confidence."""
    given = np.array(values, dtype=np.float64)
    middle = corners.weighted_median(given, weights)
    step = int(min(sorted(set(values)), key=lambda value: abs(value - middle)))
    return Label(step, float(weights[given == step].sum() / weights.sum()))


def fit(answers: Answers, known: Mapping[str, int]) -> Fitted:
    """Label all tasks of a job, known ones staying as they are."""
    steps = sorted({*answers.values, *known.values()})
    found = classes.posterior(answers, answers.values, steps, known)
    places = (found.probabilities.cumsum(axis=1) < 0.5 - 1e-9).sum(axis=1)
    labels = {
        name: Label(steps[place], float(row[place]))
        for name, place, row in zip(answers.tasks, places, found.probabilities, strict=True)
    }
    return Fitted(labels, classes.accuracies(answers, found))


def agree(answers: Answers) -> dict[str, float | None]:
    """Report Krippendorff's alpha for steps in order, and for steps of equal size, and ICC(1)."""
    value = np.array(answers.values, dtype=np.float64)
    return {
        "ordinal_alpha": agreement.valued_alpha(answers.task, value, "ordinal"),
        "interval_alpha": agreement.valued_alpha(answers.task, value, "interval"),
        "icc": agreement.icc(answers.task, value),
    }
