"""Compare what a worker gave with the known answer, and warn of golds that are too easy."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from consensus.questions import Question

RIGHT_FROM = 0.5
CANDIDATES_MAX = 20


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


@dataclass(frozen=True)
class Constant:
    """One answer that would be right on a share of the golds if it were always given."""

    answer: Any
    share: Fraction


def constant_answer(
    known: Sequence[Any], share: Fraction, question: Question | None = None
) -> Constant | None:
    """Return the answer that, always given, is right on the most if that is `share` or more.

    `known` holds the known answers of one control or of all questions of an exam. What is right
    is what the kind of `question` says, equality where none is given; ties go to the first.
    Only the CANDIDATES_MAX most frequent answers are tried.
    """
    if not known:
        return None
    counts = Counter(json.dumps(value, sort_keys=True) for value in known)
    best = Constant(None, Fraction(0))
    for written, count in counts.most_common(CANDIDATES_MAX):
        answer = json.loads(written)
        if question is not None:
            count = sum(is_right(question.grade(answer, value)) for value in known)
        if Fraction(count, len(known)) > best.share:
            best = Constant(answer, Fraction(count, len(known)))
    return best if best.share >= share else None
