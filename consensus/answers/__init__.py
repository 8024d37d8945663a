"""Kinds of answer, each one module with the same few functions, found by name."""

from collections.abc import Sequence
from typing import Protocol

from consensus import errors
from consensus.answers import choice


class Kind(Protocol):
    """What every kind of answer offers; the modules of this package fulfil it."""

    NAME: str

    def check(self, answer: object, options: Sequence[str]) -> None:
        """Raise AnswerRefused unless the answer has the kind's shape and range."""

    def similarity(self, first: str, second: str) -> float:
        """Measure how alike two checked answers are, from 0 to 1; symmetric, 1 if equal."""


_KINDS: dict[str, Kind] = {choice.NAME: choice}


def kind(name: str) -> Kind:
    """Find the kind of answer of this name; raise AnswerRefused if there is none."""
    if name not in _KINDS:
        raise errors.AnswerRefused("kind_unknown", f"There is no kind of answer named “{name}”.")
    return _KINDS[name]


def names() -> tuple[str, ...]:
    """List the names of all kinds, in a fixed order."""
    return tuple(sorted(_KINDS))
