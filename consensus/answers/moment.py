"""The kind “datetime”: a day, or a day and time, as a text in ISO form.

Two answers are alike only if they are equal; labels come from truth inference over all answers
of a job, every moment anybody gave being a class.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from consensus import agreement, terms
from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label
from consensus.merging import classes
from consensus.terms import Terms

NAME = "datetime"
TYPES = ("datetime",)
DAY_CHARACTERS = 10


def read(items: Sequence[Mapping[str, Any]], allowed: Terms) -> str:
    """Read the moment of a Label Studio value, or refuse what is wrong."""
    given = terms.only(items, "datetime", "moment")
    check(given, allowed)
    return str(given)


def write(value: str) -> list[dict[str, Any]]:
    """Write the moment as Label Studio values."""
    return [{"datetime": value}]


def check(answer: object, allowed: Terms) -> None:
    """Refuse what is no moment in ISO form between the job's first and last day."""
    try:
        if not isinstance(answer, str):
            raise ValueError
        kept = datetime.fromisoformat(answer) if allowed.has_time else date.fromisoformat(answer)
    except ValueError:
        example = "2026-11-22T09:30" if allowed.has_time else "2026-11-22"
        terms.refuse("answer_not_moment", f"The moment must be written like {example}.")
    day, first, last = kept.isoformat()[:DAY_CHARACTERS], allowed.first_day, allowed.last_day
    if day < first or (last and day > last):
        bounds = " ".join(f"{word} {day}" for word, day in (("from", first), ("to", last)) if day)
        terms.refuse("answer_outside_range", f"The moment must lie {bounds}.")


def similarity(first: str, second: str) -> float:
    """Return 1.0 if both answers name the same moment, else 0.0."""
    return float(first == second)


def label(values: Sequence[str], weights: FloatArray) -> Label:
    """Label one task from its answers and their workers' weights (answers,)."""
    return classes.vote(values, weights)


def fit(answers: Answers, known: Mapping[str, str]) -> Fitted:
    """Label all tasks of a job, known ones staying as they are."""
    return classes.fit(answers, known)


def agree(answers: Answers) -> dict[str, float | None]:
    """Report how often two workers give the same moment."""
    return {"same_moment": agreement.mean_by_task(answers, similarity)}
