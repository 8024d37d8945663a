"""Enrolments, assignments and answers: who works on what, and what they handed in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from kernel.types import Json, Micros
from marketplace.assignments.states import (
    ANSWERED,
    HOLDING,
    LAPSED,
    AssignmentState,
    EnrolmentState,
)
from marketplace.jobs.models import BY_JOB, Job, Task
from workers.models import Worker


def _listed(states: tuple[AssignmentState, ...]) -> str:
    return ", ".join(f"'{state}'" for state in states)


class Enrolment(Base):
    """One worker's place on one job: whether they may go on, and where in the job they are."""

    __tablename__ = "enrolments"
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id), primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey(Worker.id), primary_key=True, index=True)
    state: Mapped[EnrolmentState] = mapped_column(String(8))
    state_at: Mapped[datetime]
    state_reason: Mapped[str] = mapped_column(server_default="")
    guidelines_seen: Mapped[int] = mapped_column(comment="version the worker has confirmed")
    cursor_rank: Mapped[int] = mapped_column(BigInteger, comment="rank of the last onward claim")
    claims_count: Mapped[int] = mapped_column(comment="tasks ever handed out")
    gold_count: Mapped[int] = mapped_column(comment="gold among them")
    skipped_in_row: Mapped[int]
    checked_at: Mapped[datetime] = mapped_column(comment="when eligibility was last looked at")
    is_newcomer: Mapped[bool]
    answers_excluded: Mapped[bool] = mapped_column(comment="their answers enter no label")
    answers_held: Mapped[bool] = mapped_column(
        server_default="false", comment="a person looks at them before they are approved"
    )
    created_at: Mapped[datetime]


class Assignment(Base):
    """One worker's claim on one task, from claim to decision; it holds one slot while it lives."""

    __tablename__ = "assignments"
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "task_id"], [Task.job_id, Task.id]),
        CheckConstraint(
            f"(state IN ({_listed(ANSWERED)})) <= (submitted_at IS NOT NULL)",
            name="answered_has_time",
        ),
        CheckConstraint("deadline_at <= deadline_max_at", name="deadline_bounded"),
        CheckConstraint("active_seconds >= 0", name="active_seconds_positive"),
        Index(
            "uq_assignments_one_per_worker_and_task",
            "job_id",
            "worker_id",
            "task_id",
            unique=True,
            postgresql_where=text(f"state IN ({_listed(HOLDING)})"),
        ),
        Index("ix_assignments_worker_task", "job_id", "worker_id", "task_id"),
        Index(
            "ix_assignments_lapsed",
            "job_id",
            "worker_id",
            "task_id",
            postgresql_where=text(f"state IN ({_listed(LAPSED)})"),
        ),
        Index(
            "ix_assignments_on_hold",
            "held_until",
            "job_id",
            postgresql_where=text("state = 'rejected' AND reserve_released_at IS NULL"),
        ),
        Index(
            "ix_assignments_held",
            "job_id",
            "worker_id",
            postgresql_where=text("state = 'claimed'"),
        ),
        Index("ix_assignments_task", "job_id", "task_id"),
        Index(
            "ix_assignments_deadline",
            "deadline_at",
            "job_id",
            postgresql_where=text("state = 'claimed'"),
        ),
        Index(
            "ix_assignments_unsettled",
            "job_id",
            "final_at",
            "id",
            postgresql_where=text("state = 'submitted' AND settled_at IS NULL"),
        ),
        Index(
            "ix_assignments_undecided",
            "decide_by",
            "job_id",
            postgresql_where=text("state = 'submitted'"),
        ),
        Index("ix_assignments_worker", "worker_id", "claimed_at"),
        BY_JOB,
    )
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey(Worker.id))
    task_id: Mapped[UUID]
    state: Mapped[AssignmentState] = mapped_column(String(10))
    state_at: Mapped[datetime]
    claimed_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    deadline_max_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    active_seconds: Mapped[int] = mapped_column(server_default="0")
    guidelines_version: Mapped[int]
    interface_version: Mapped[int]
    price_version: Mapped[int]
    gold_version: Mapped[int | None] = mapped_column(SmallInteger, comment="set on gold tasks only")
    reward_micros: Mapped[Micros]
    fee_micros: Mapped[Micros]
    revision: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    answer_digest: Mapped[str | None] = mapped_column(String(64), comment="of the last revision")
    given: Mapped[Json | None] = mapped_column(comment="the last revision: control -> value")
    final_at: Mapped[datetime | None] = mapped_column(comment="end of the undo window")
    settled_at: Mapped[datetime | None] = mapped_column(comment="when gold, trust, label read it")
    decide_by: Mapped[datetime | None] = mapped_column(comment="approved by itself at this moment")
    decision_id: Mapped[UUID | None] = mapped_column(comment="the decision that rejected it")
    decided_by: Mapped[str | None] = mapped_column(String(60), comment="policy, delay or user:id")
    reason: Mapped[str] = mapped_column(server_default="", comment="of a skip, report or return")
    held_until: Mapped[datetime | None] = mapped_column(
        comment="a rejected answer's reward and fee stay reserved until then, or its dispute's end"
    )
    reserve_released_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None] = mapped_column(comment="first export it went into")


class Answer(Base):
    """One revision of what a worker handed in: append-only; the last one before final_at counts."""

    __tablename__ = "answers"
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "assignment_id"], [Assignment.job_id, Assignment.id]),
        BY_JOB,
    )
    job_id: Mapped[UUID] = mapped_column(primary_key=True)
    assignment_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    at: Mapped[datetime]
    result: Mapped[Json] = mapped_column(comment="Label Studio result items")
    given: Mapped[Json] = mapped_column(comment="control -> value")
    digest: Mapped[str] = mapped_column(String(64), comment="of the canonical content")
    active_seconds: Mapped[int]
    is_unsure: Mapped[bool] = mapped_column(server_default=false(), comment="as the worker said")
