"""The kind “choice”: one class out of the classes a job offers.

An answer is a plain string, exactly the name of one class: letters, spaces and case count. Two
answers are alike only if they are equal. Agreement is Krippendorff's alpha and Gwet's AC1, side
by side; labels come from truth inference over all answers of a job.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from consensus import agreement, terms
from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label
from consensus.merging import classes
from consensus.terms import Terms

NAME = "choice"
TYPES = ("choices",)


def read(items: Sequence[Mapping[str, Any]], allowed: Terms) -> str:
    """Read the one class of a Label Studio value, or refuse what is wrong."""
    chosen = terms.check_list(terms.only(items, "choices", "choice"), "The choice", 1)
    if len(chosen) != 1:
        terms.refuse("answer_not_an_option", "Choose one class.")
    check(chosen[0], allowed)
    return str(chosen[0])


def write(value: str) -> list[dict[str, Any]]:
    """Write the choice as Label Studio values."""
    return [{"choices": [value]}]


def check(answer: object, allowed: Terms) -> None:
    """Refuse what is not the name of one of the classes."""
    terms.check_class(answer, allowed)


def similarity(first: str, second: str) -> float:
    """Return 1.0 if both answers name the same class, else 0.0."""
    return float(first == second)


def label(values: Sequence[str], weights: FloatArray) -> Label:
    """Label one task from its answers and their workers' weights (answers,)."""
    return classes.vote(values, weights)


def fit(answers: Answers, known: Mapping[str, str]) -> Fitted:
    """Label all tasks of a job, known ones staying as they are."""
    return classes.fit(answers, known)


def agree(answers: Answers) -> dict[str, float | None]:
    """Report alpha and AC1 over all answers."""
    counts = classes.counts(answers, sorted(set(answers.values)), answers.values)
    return {"alpha": agreement.alpha(counts), "ac1": agreement.ac1(counts)}
