"""Compare what a worker gave with the known answer, and warn of golds that are too easy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from consensus.questions import Question

RIGHT_FROM = 0.5


def check(
    known: Mapping[str, Any], given: Mapping[str, Any], questions: Mapping[str, Question]
) -> float:
    """Grade an answer by the known one, 0 to 1: the worst over the controls that are known.

    `known` and `given` map controls to values, `questions` controls to what is asked there; one
    half is the pass mark of each kind. A control left out, or answered with what is no answer to
    its question, counts as 0.
    """
    assert known, "A gold knows the answer of one control or more."
    return min(
        questions[control].grade(given.get(control), value) if control in questions else 0.0
        for control, value in known.items()
    )


def is_right(similarity: float) -> bool:
    """Tell a hit from a miss: the pass mark of its kind or more."""
    return similarity >= RIGHT_FROM


def constant_answer(known: Sequence[str], share: Fraction) -> str | None:
    """Return the one answer that, always given, is right on this share or more; None if none is.

    `known` holds the known answers of one control or of all questions; ties go to the first.
    """
    if not known:
        return None
    answer, count = Counter(known).most_common(1)[0]
    return answer if Fraction(count, len(known)) >= share else None
