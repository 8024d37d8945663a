"""The kind “text”: words a worker heard, read or wrote.

Two texts are as alike as their words: 1 − edits / words of the longer, case and punctuation
aside. A transcript is put together word by word from all answers (`merging/rover`). Of free
writing the answer nearest to the others is taken as it is, for a mixture would be nobody's
sentence: `medoid`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from consensus import agreement, terms
from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label
from consensus.merging import alignment, rover, weighing, wording
from consensus.terms import Terms

NAME = "text"
TYPES = ("textarea",)


def read(items: Sequence[Mapping[str, Any]], allowed: Terms) -> str:
    """Read the text of a Label Studio value, its parts as lines, or refuse what is wrong."""
    given = terms.only(items, "text", "text")
    if isinstance(given, list) and all(isinstance(part, str) for part in given):
        given = "\n".join(given)
    check(given, allowed)
    return str(given)


def write(value: str) -> list[dict[str, Any]]:
    """Write the text as Label Studio values."""
    return [{"text": value.split("\n")}]


def check(answer: object, allowed: Terms) -> None:
    """Refuse what is no text, is too long, or holds characters no text has."""
    if not isinstance(answer, str):
        terms.refuse("answer_not_text", "Please write the answer as text.")
    if len(answer) > allowed.characters_max:
        sentence = f"Please write at most {allowed.characters_max:,} characters."
        terms.refuse("answer_too_long", sentence)
    if "\0" in answer:
        terms.refuse("answer_malformed", "A text cannot hold the zero character.")


def similarity(first: str, second: str) -> float:
    """Return 1 − edits / words of the longer text; 1 if neither has a word."""
    one, other = wording.words(first), wording.words(second)
    longest = max(len(one), len(other))
    return 1 - alignment.distance(one, other) / longest if longest else 1.0


def label(values: Sequence[str], weights: FloatArray) -> Label:
    """Label one task word by word from its answers and their workers' weights (answers,)."""
    return rover.vote([rover.read(value) for value in values], weights)


def fit(answers: Answers, known: Mapping[str, str]) -> Fitted:
    """Label all tasks of a job word by word, known ones staying as they are."""
    return rover.fit(answers, known)


def fit_free(answers: Answers, known: Mapping[str, str]) -> Fitted:
    """Label all tasks of a job with the answer nearest to the others, known ones staying."""
    return weighing.fit(answers, known, medoid, similarity)


def medoid(values: Sequence[str], weights: FloatArray) -> Label:
    """Label one task with the answer nearest to the others."""
    return weighing.medoid(values, weights, similarity)


def agree(answers: Answers) -> dict[str, float | None]:
    """Report how alike two workers' words and characters are, 1 − error rate, not below 0."""
    return {
        "words": agreement.mean_by_task(answers, similarity),
        "characters": agreement.mean_by_task(answers, _characters_alike),
    }


def _characters_alike(first: str, second: str) -> float:
    rates = (
        agreement.character_error_rate(first, second),
        agreement.character_error_rate(second, first),
    )
    return max(1 - min(rates), 0.0)
