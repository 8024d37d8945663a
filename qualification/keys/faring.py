"""Show the key of an exam with how many pass it, and which questions are missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from consensus import reliability
from kernel.db import UnitOfWork
from qualification import queries
from qualification.models import Exam, QualificationType, Sitting
from qualification.states import SittingState

PEOPLE_MAX = 5_000
DOUBT_FROM, MISSED_MAX = 5, 0.5
SCORED = (SittingState.PASSED, SittingState.FAILED)


@dataclass(frozen=True)
class Rate:
    """A share of people with its Wilson 95 % interval; `value` is None where nobody counts."""

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """Return the share."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True)
class Line:
    """One question with its key, and how people fared with it in their first try.

    `favourite` is the wrong option most of them chose, with how many; `doubt` says why the key
    should be looked at, and is empty where nothing speaks against it.
    """

    id: str
    text: str
    options: Sequence[str]
    answer: str
    explanation: str
    is_withdrawn: bool
    missed: Rate
    favourite: tuple[str, int] | None
    doubt: str


@dataclass(frozen=True)
class Key:
    """An exam as its maker sees it; `sittings` counts all tries by how they ended."""

    exam: Exam
    kind: QualificationType
    lines: Sequence[Line]
    passed: Rate
    sittings: Mapping[str, int]
    versions: Sequence[Exam]


def key(uow: UnitOfWork, exam: Exam) -> Key:
    """Return the key of an exam; rates are of each person's first scored try, PEOPLE_MAX of them.

    A second try measures who learnt the first one's questions, so it is left out.
    """
    firsts = uow.session.execute(
        select(Sitting.given, Sitting.state, Sitting.score)
        .ext(distinct_on(Sitting.worker_id))
        .where(Sitting.exam_id == exam.id, Sitting.state.in_(SCORED))
        .order_by(Sitting.worker_id, Sitting.started_at)
        .limit(PEOPLE_MAX)
    ).all()
    # A pass that an appeal gave stays a pass; the score says what the answers reached.
    passed = sum((row.score or 0) >= exam.pass_mark for row in firsts)
    given = [row.given or {} for row in firsts]
    return Key(
        exam,
        queries.qualification(uow, exam.type_id),
        [_line(question, given) for question in exam.questions],
        _rate(passed, len(firsts)),
        _sittings(uow, exam),
        queries.versions(uow, exam.type_id),
    )


def _line(question: Mapping[str, Any], given: Sequence[Mapping[str, str]]) -> Line:
    chosen = Counter(one.get(question["id"], "") for one in given)
    right = chosen.pop(question["answer"], 0)
    chosen.pop("", None)
    favourite = chosen.most_common(1)[0] if chosen else None
    is_withdrawn = bool(question.get("is_withdrawn"))
    missed = _rate(len(given) - right, len(given))
    return Line(
        question["id"],
        question["text"],
        question["options"],
        question["answer"],
        question.get("explanation", ""),
        is_withdrawn,
        missed,
        favourite,
        "" if is_withdrawn else _doubt(missed, favourite, right),
    )


def _doubt(missed: Rate, favourite: tuple[str, int] | None, right: int) -> str:
    if missed.of < DOUBT_FROM:
        return ""
    if favourite and favourite[1] > right:
        return f"More people chose “{favourite[0]}” than the key. Is the key right?"
    if missed.low > MISSED_MAX:
        return "Most people miss it. Is the question clear, and the key right?"
    return ""


def _rate(count: int, of: int) -> Rate:
    return Rate(count, of, *reliability.wilson(count, of))


def _sittings(uow: UnitOfWork, exam: Exam) -> dict[str, int]:
    rows = uow.session.execute(
        select(Sitting.state, func.count())
        .where(Sitting.exam_id == exam.id)
        .group_by(Sitting.state)
    )
    found = {str(state): count for state, count in rows}
    return {str(state): found.get(str(state), 0) for state in SittingState}
