"""The kind “pairwise”: which of two things is better, the left one, the right one, or neither.

An answer is “left”, “right” or, where the job offers it, “tie”. Two answers are alike if they
are equal. Here a task is labeled by itself; what all comparisons of a job say about the things
compared, `merging/comparisons` ranks by Bradley–Terry.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from consensus import agreement, terms
from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label
from consensus.merging import classes
from consensus.terms import Terms

NAME = "pairwise"
TYPES = ("pairwise",)
SIDES = ("left", "right")


def read(items: Sequence[Mapping[str, Any]], allowed: Terms) -> str:
    """Read the side of a Label Studio value, or refuse what is wrong."""
    given = terms.only(items, "selected", "side")
    check(given, allowed)
    return str(given)


def write(value: str) -> list[dict[str, Any]]:
    """Write the side as Label Studio values."""
    return [{"selected": value}]


def check(answer: object, allowed: Terms) -> None:
    """Refuse what is neither side, nor a tie where the job offers one."""
    offered = allowed.classes or SIDES
    if answer not in offered:
        terms.refuse("answer_not_a_side", f"Choose one of: {', '.join(offered)}.")


def similarity(first: str, second: str) -> float:
    """Return 1.0 if both answers name the same side, else 0.0."""
    return float(first == second)


def label(values: Sequence[str], weights: FloatArray) -> Label:
    """Label one task from its answers and their workers' weights (answers,)."""
    return classes.vote(values, weights)


def fit(answers: Answers, known: Mapping[str, str]) -> Fitted:
    """Label all tasks of a job, known ones staying as they are."""
    return classes.fit(answers, known)


def agree(answers: Answers) -> dict[str, float | None]:
    """Report how often two workers choose the same side, and Gwet's AC1."""
    counts = classes.counts(answers, sorted(set(answers.values)), answers.values)
    return {
        "same_side": agreement.mean_by_task(answers, similarity),
        "ac1": agreement.ac1(counts),
    }
