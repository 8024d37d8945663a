"""Sit an exam: start, answer in time, be scored, earn its qualification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import workers.queries
import workers.service
from kernel.db import UnitOfWork
from kernel.errors import Conflict, Refused
from kernel.types import new_id
from qualification import events, queries, service
from qualification.models import Exam, Sitting
from qualification.states import SITTING, SittingState

GRACE_SECONDS = 5


@dataclass(frozen=True)
class Feedback:
    """What training says of one question afterwards."""

    id: str
    given: str | None
    answer: str
    is_right: bool
    explanation: str


@dataclass(frozen=True)
class Result:
    """How a sitting ended: per cent right, when it may be tried again, and feedback in training."""

    state: SittingState
    score: int
    pass_mark: int
    retry_at: datetime | None
    feedback: list[Feedback] | None


def start(uow: UnitOfWork, exam: Exam, worker_id: UUID) -> Sitting:
    """Begin a sitting, or go on with the one that runs; refuse one that comes too early."""
    worker = workers.queries.locked(uow, worker_id)
    workers.service.require_good(worker)
    last = queries.last_sitting(uow, exam, worker.id)
    if last is not None and last.state == SittingState.STARTED:
        if not is_over(last, uow.now):
            return last
        SITTING.move(last, SittingState.EXPIRED, at=last.ends_at)
        uow.session.flush()
    if exam.closed_at is not None:
        raise Conflict("exam_closed", "This exam is closed. Jobs that ask for it name another.")
    if last is not None:
        _check_again(uow, exam, last)
    sitting = Sitting(
        id=new_id(),
        exam_id=exam.id,
        worker_id=worker.id,
        state=SITTING.start,
        state_at=uow.now,
        started_at=uow.now,
        ends_at=uow.now + timedelta(seconds=exam.seconds_max),
        given=None,
        score=None,
    )
    uow.session.add(sitting)
    uow.session.flush()
    return sitting


def answer(uow: UnitOfWork, sitting: Sitting, given: Mapping[str, str]) -> Result:
    """Score a sitting once, on time; the same answers sent again get the same result.

    `sitting` must be locked. `given` maps question ids to options; a question left out is wrong.
    """
    exam = queries.exam(uow, sitting.exam_id)
    if sitting.state in (SittingState.PASSED, SittingState.FAILED):
        if sitting.given != dict(given):
            raise Conflict("sitting_answered", "You have handed in this exam already.")
        return result(exam, sitting)
    if sitting.state == SittingState.EXPIRED or is_over(sitting, uow.now):
        raise Refused(
            "exam_time_over",
            "The time for this exam was over before your answers arrived, so they do not count.",
        )
    _check_given(exam, given)
    sitting.given = dict(given)
    sitting.score = score(exam, given)
    if sitting.score < exam.pass_mark:
        SITTING.move(sitting, SittingState.FAILED, at=uow.now)
    else:
        _pass(uow, exam, sitting)
    return result(exam, sitting)


def score(exam: Exam, given: Mapping[str, Any]) -> int:
    """Return the per cent of questions answered right; withdrawn ones count for nobody."""
    asked = [question for question in exam.questions if not question.get("is_withdrawn")]
    right: int = sum(question["answer"] == given.get(question["id"]) for question in asked)
    return 100 * right // len(asked)


def result(exam: Exam, sitting: Sitting) -> Result:
    """Return how an answered sitting ended; only training shows what was right."""
    has_failed = sitting.state == SittingState.FAILED
    return Result(
        state=sitting.state,
        score=sitting.score or 0,
        pass_mark=exam.pass_mark,
        retry_at=_retry_at(exam, sitting) if has_failed else None,
        feedback=_feedback(exam, sitting.given or {}) if exam.is_training else None,
    )


def overturn(uow: UnitOfWork, sitting_id: UUID) -> None:
    """Let a failed sitting pass after all, as when its worker wins an appeal."""
    sitting = queries.sitting(uow, sitting_id)
    _pass(uow, queries.exam(uow, sitting.exam_id), sitting)
    uow.audit("sitting.overturned", f"sitting:{sitting.id}", "failed", "passed")


def is_over(sitting: Sitting, now: datetime) -> bool:
    """Tell whether the time of a sitting is up, with a few seconds' grace for the line."""
    return now > sitting.ends_at + timedelta(seconds=GRACE_SECONDS)


def _pass(uow: UnitOfWork, exam: Exam, sitting: Sitting) -> None:
    SITTING.move(sitting, SittingState.PASSED, at=uow.now)
    value = max(sitting.score or 0, exam.pass_mark)
    held = queries.current_grant(uow, exam.type_id, sitting.worker_id)
    if held is None or held.value < value:
        kind = queries.qualification(uow, exam.type_id)
        service.put_grant(uow, kind, sitting.worker_id, value, f"sitting:{sitting.id}")
    uow.tell(events.ExamPassed(sitting.worker_id, exam.id))


def _check_again(uow: UnitOfWork, exam: Exam, last: Sitting) -> None:
    """Raise unless the worker may sit the exam again: they need it, and waited long enough."""
    if last.state == SittingState.PASSED:
        if queries.current_grant(uow, exam.type_id, last.worker_id) is not None:
            raise Conflict("exam_passed", "You have passed this exam and hold its qualification.")
        return
    retry_at = _retry_at(exam, last)
    if retry_at is None:
        raise Refused("exam_once", "This exam can be taken once only, and you have taken it.")
    if uow.now < retry_at:
        raise Refused(
            "exam_retry_later",
            f"You can take this exam again from {retry_at:%d %B %Y, %H:%M} UTC.",
            retry_at=retry_at.isoformat(),
        )


def _retry_at(exam: Exam, last: Sitting) -> datetime | None:
    if exam.retry_seconds is None:
        return None
    return last.state_at + timedelta(seconds=exam.retry_seconds)


def _check_given(exam: Exam, given: Mapping[str, str]) -> None:
    options = {question["id"]: question["options"] for question in exam.questions}
    for id, option in given.items():
        if id not in options:
            raise Refused("exam_question_unknown", f"This exam has no question “{id}”.")
        if option not in options[id]:
            raise Refused("exam_option_unknown", f"Question “{id}” has no option “{option}”.")


def _feedback(exam: Exam, given: Mapping[str, Any]) -> list[Feedback]:
    return [
        Feedback(
            id=question["id"],
            given=given.get(question["id"]),
            answer=question["answer"],
            is_right=given.get(question["id"]) == question["answer"],
            explanation=question.get("explanation", ""),
        )
        for question in exam.questions
        if not question.get("is_withdrawn")
    ]
