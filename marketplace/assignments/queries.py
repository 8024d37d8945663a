"""Named reads of assignments: what a worker holds, has done, and may open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, func, select

from kernel.db import UnitOfWork
from kernel.errors import Missing, Refused
from kernel.money import Money
from kernel.types import decode_pair, encode_pair
from kernel.web.paging import Page
from marketplace.assignments.handout.claiming import Claim
from marketplace.assignments.models import Assignment, Enrolment
from marketplace.assignments.states import AssignmentState
from marketplace.jobs.models import Job, Task


@dataclass(frozen=True)
class MyAssignment:
    """One assignment as its worker may see it."""

    id: str
    job_id: UUID
    job_title: str
    state: AssignmentState
    reward: Money
    claimed_at: datetime
    submitted_at: datetime | None
    final_at: datetime | None
    decide_by: datetime | None
    reason: str
    decision_id: UUID | None
    source: str


def held(uow: UnitOfWork, worker_id: UUID, job_id: UUID) -> list[Claim]:
    """Return the tasks a worker still holds, oldest claim first: what a reload shows."""
    rows = uow.session.execute(
        select(*Assignment.__table__.columns, Task.data, Job.currency)
        .join(Task, (Task.job_id == job_id) & (Task.id == Assignment.task_id))
        .join(Job, Job.id == Assignment.job_id)
        .where(
            Assignment.job_id == job_id,
            Assignment.worker_id == worker_id,
            Assignment.state == AssignmentState.CLAIMED,
            Assignment.deadline_at > uow.now,
        )
        .order_by(Assignment.claimed_at, func.hashtext(cast(Assignment.id, String)))
    )
    return [_claim(row) for row in rows]


def _claim(row: Any) -> Claim:
    return Claim(
        job_id=row.job_id,
        id=row.id,
        data=row.data,
        claimed_at=row.claimed_at,
        deadline_at=row.deadline_at,
        reward=Money(row.reward_micros, row.currency),
        guidelines_version=row.guidelines_version,
        interface_version=row.interface_version,
    )


def mine(
    uow: UnitOfWork,
    worker_id: UUID,
    state: AssignmentState | None,
    cursor: str | None,
    limit: int,
) -> Page[MyAssignment]:
    """List a worker's assignments over all jobs, newest claim first."""
    query = (
        select(*Assignment.__table__.columns, Job.title, Job.currency)
        .join(Job, Job.id == Assignment.job_id)
        .where(Assignment.worker_id == worker_id)
        .order_by(Assignment.claimed_at.desc(), Assignment.id.desc())
        .limit(limit + 1)
    )
    if state is not None:
        query = query.where(Assignment.state == state)
    if cursor:
        last = uow.session.get(Assignment, _own_key(cursor))
        if last is None or last.worker_id != worker_id:
            raise Refused("cursor_invalid", "This cursor is not one we gave out.")
        query = query.where(
            (Assignment.claimed_at < last.claimed_at)
            | ((Assignment.claimed_at == last.claimed_at) & (Assignment.id < last.id))
        )
    items = [_mine(row) for row in uow.session.execute(query)]
    more = len(items) > limit
    return Page(items[:limit], items[limit - 1].id if more else None)


def _own_key(cursor: str) -> tuple[UUID, UUID]:
    try:
        return decode_pair(cursor)
    except Missing:
        raise Refused("cursor_invalid", "This cursor is not one we gave out.") from None


def _mine(row: Any) -> MyAssignment:
    return MyAssignment(
        id=encode_pair(row.job_id, row.id),
        job_id=row.job_id,
        job_title=row.title,
        state=AssignmentState(row.state),
        reward=Money(row.reward_micros, row.currency),
        claimed_at=row.claimed_at,
        submitted_at=row.submitted_at,
        final_at=row.final_at,
        decide_by=row.decide_by,
        reason=row.reason,
        decision_id=row.decision_id,
        source=source(row.job_id, row.id),
    )


def source(job_id: UUID, assignment_id: UUID) -> str:
    """Return the opaque name under which ledger and trust know an assignment."""
    return f"assignment:{job_id}/{assignment_id}"


def enrolments(uow: UnitOfWork, worker_id: UUID) -> Sequence[Any]:
    """List the jobs a worker is or was enrolled on, newest first, with what they earned there."""
    answered = func.count(Assignment.submitted_at)
    earned = func.coalesce(
        func.sum(Assignment.reward_micros).filter(Assignment.state == AssignmentState.APPROVED), 0
    )
    seconds = func.coalesce(func.sum(Assignment.active_seconds), 0)
    return uow.session.execute(
        select(
            Enrolment.job_id,
            Job.title,
            Job.currency,
            Enrolment.state,
            Enrolment.state_reason,
            answered.label("answered"),
            earned.label("earned_micros"),
            seconds.label("active_seconds"),
        )
        .join(Job, Job.id == Enrolment.job_id)
        .outerjoin(
            Assignment,
            (Assignment.job_id == Enrolment.job_id) & (Assignment.worker_id == worker_id),
        )
        .where(Enrolment.worker_id == worker_id)
        .group_by(Enrolment.job_id, Enrolment.worker_id, Job.id)
        .order_by(Enrolment.created_at.desc())
    ).all()
