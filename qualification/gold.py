"""Compare what a worker gave with the known answer, and warn of golds that are too easy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from consensus import answers, errors

KIND = "choice"
RIGHT_FROM = 0.5


def check(
    known: Mapping[str, str], given: Mapping[str, str], options: Mapping[str, Sequence[str]]
) -> float:
    """Return how alike given and known are, 0 to 1: the worst over the controls that are known.

    `known` and `given` map controls to values, `options` controls to what may be answered there.
    A control left out, or answered with what is no option, counts as 0.
    """
    assert known, "A gold knows the answer of one control or more."
    return min(
        _similarity(value, given.get(control), options.get(control, ()))
        for control, value in known.items()
    )


def is_right(similarity: float) -> bool:
    """Tell a hit from a miss: half alike or more (for a choice: the same class)."""
    return similarity >= RIGHT_FROM


def constant_answer(known: Sequence[str], share: Fraction) -> str | None:
    """Return the one answer that, always given, is right on this share or more; None if none is.

    `known` holds the known answers of one control or of all questions; ties go to the first.
    """
    if not known:
        return None
    answer, count = Counter(known).most_common(1)[0]
    return answer if Fraction(count, len(known)) >= share else None


def _similarity(known: str, given: object, options: Sequence[str]) -> float:
    kind = answers.kind(KIND)
    try:
        kind.check(given, answers.Terms(classes=tuple(options)))
    except errors.AnswerRefused:
        return 0.0
    return kind.similarity(known, str(given))
