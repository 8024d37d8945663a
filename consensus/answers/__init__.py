"""Kinds of answer, each one module with the same few functions, found by name.

A kind speaks plain JSON: `read` turns Label Studio's values into it and `write` turns it back,
so it can be stored, compared and shown anywhere. A new kind is one module and one line here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from consensus import errors
from consensus.answers import (
    choice,
    choices,
    groups,
    moment,
    number,
    pairwise,
    ranking,
    rating,
    taxonomy,
    text,
)
from consensus.answers.marks import (
    boxes,
    ellipses,
    masks,
    points,
    polygons,
    segments,
    spans,
    tracks,
)
from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label, gather, said
from consensus.terms import Terms

__all__ = ["Answers", "Fitted", "Kind", "Label", "Terms", "gather", "kind", "names", "said"]


class Kind(Protocol):
    """What every kind of answer offers; `value` is a checked answer in plain JSON."""

    @property
    def NAME(self) -> str:
        """Name the kind, as jobs store it."""

    @property
    def TYPES(self) -> tuple[str, ...]:
        """List the result types of Label Studio it reads, the first being what it writes."""

    def read(self, items: Sequence[Mapping[str, Any]], allowed: Terms) -> Any:
        """Read the values of one control's Label Studio items; raise AnswerRefused."""

    def write(self, value: Any) -> list[dict[str, Any]]:
        """Write a value as Label Studio's values, one for each item."""

    def check(self, answer: object, allowed: Terms) -> None:
        """Raise AnswerRefused unless the answer has the kind's shape and range."""

    def similarity(self, first: Any, second: Any) -> float:
        """Measure how alike two checked answers are, from 0 to 1; symmetric, 1 if equal."""

    def label(self, values: Sequence[Any], weights: FloatArray) -> Label:
        """Label one task from its answers and their workers' weights, all above 0."""

    def fit(self, answers: Answers, known: Mapping[str, Any]) -> Fitted:
        """Label all tasks of a job together and weigh its workers; known tasks stay."""

    def agree(self, answers: Answers) -> dict[str, float | None]:
        """Report how far workers agree, in the measures that suit the kind."""


_MODULES: tuple[Kind, ...] = (
    *(choice, choices, taxonomy, rating, number, moment),
    *(pairwise, ranking, groups, text),
)
_MARKS: tuple[Kind, ...] = (
    spans.KIND,
    segments.KIND,
    boxes.KIND,
    ellipses.KIND,
    points.KIND,
    polygons.KIND,
    masks.KIND,
    tracks.KIND,
)
_KINDS = {one.NAME: one for one in (*_MODULES, *_MARKS)}


def kind(name: str) -> Kind:
    """Find the kind of answer of this name; raise AnswerRefused if there is none."""
    if name not in _KINDS:
        raise errors.AnswerRefused("kind_unknown", f"There is no kind of answer named “{name}”.")
    return _KINDS[name]


def names() -> tuple[str, ...]:
    """List the names of all kinds, in a fixed order."""
    return tuple(sorted(_KINDS))
