"""Labels and their models, second looks at them, decisions, disputes and exports."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from kernel.types import Json
from marketplace.accounts.models import Organisation, User
from marketplace.jobs.models import BY_JOB, Job, Task
from marketplace.review.states import DisputeState, ExportState, LabelState
from workers.models import Worker


class Label(Base):
    """What the marketplace concludes about one control of a task, with its confidence."""

    __tablename__ = "labels"
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "task_id"], [Task.job_id, Task.id]),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence_range"),
        Index("ix_labels_doubtful", "job_id", "confidence", postgresql_where=text("needs_review")),
        BY_JOB,
    )
    job_id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    control: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[Json]
    confidence: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    answers_count: Mapped[int] = mapped_column(SmallInteger)
    model: Mapped[str] = mapped_column(String(40), comment="name of the inference model")
    model_version: Mapped[int]
    state: Mapped[LabelState] = mapped_column(String(12))
    state_at: Mapped[datetime]
    version: Mapped[int]
    needs_review: Mapped[bool] = mapped_column(comment="below the target with nothing left to buy")
    reviewed_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    taken_at: Mapped[datetime | None] = mapped_column(
        comment="first export or release it went into"
    )


class LabelVersion(Base):
    """One change of a label, with its cause."""

    __tablename__ = "label_versions"
    __table_args__ = (BY_JOB,)
    job_id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    control: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    value: Mapped[Json]
    confidence: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    answers_count: Mapped[int] = mapped_column(SmallInteger)
    model: Mapped[str] = mapped_column(String(40))
    model_version: Mapped[int]
    cause: Mapped[str] = mapped_column(
        String(20), comment="new_answer, refit, gold_repair, rejection, appeal or reviewer"
    )


class SecondLook(Base):
    """One person's judgement of one control of a task, made without seeing its label."""

    __tablename__ = "second_looks"
    __table_args__ = (
        CheckConstraint("purpose IN ('audit', 'review', 'dispute')", name="purpose_known"),
    )
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id), primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    control: Mapped[str] = mapped_column(String(100), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(10), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), primary_key=True)
    value: Mapped[Json]
    label_value: Mapped[Json] = mapped_column(comment="the label at that moment, unseen")
    confidence: Mapped[Decimal] = mapped_column(Numeric(7, 6), comment="of that label")
    label_version: Mapped[int]
    at: Mapped[datetime]


class LabelModel(Base):
    """One fitted inference model of a job's control; settling uses the last one."""

    __tablename__ = "label_models"
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id), primary_key=True)
    control: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    fitted_at: Mapped[datetime]
    answers_count: Mapped[int] = mapped_column(comment="answers it was fitted on")
    content: Mapped[Json] = mapped_column(comment="consensus model as JSON")


class Decision(Base):
    """One act of rejecting: who rejected which worker's answers, why, and until when to appeal."""

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_job_id_id", "job_id", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id))
    worker_id: Mapped[UUID] = mapped_column(ForeignKey(Worker.id), index=True)
    reason: Mapped[str] = mapped_column(String(30), comment="from the list of reasons")
    sentence: Mapped[str]
    answers_count: Mapped[int]
    decided_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    at: Mapped[datetime]
    appeal_until: Mapped[datetime]


class Dispute(Base):
    """The case an appeal opens: both statements, the deadlines and the outcome."""

    __tablename__ = "disputes"
    __table_args__ = (
        Index(
            "uq_disputes_one_per_subject",
            "worker_id",
            "subject",
            unique=True,
            postgresql_where=text("state <> 'withdrawn'"),
        ),
        Index(
            "ix_disputes_undecided",
            "rule_by",
            postgresql_where=text("state IN ('open', 'replied')"),
        ),
        Index("ix_disputes_organisation_id_id", "organisation_id", "id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(
        String(12), comment="rejection, removal, exam, gold or suspension"
    )
    subject: Mapped[str] = mapped_column(comment="what is appealed: decision:id, removal:job, …")
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey(Job.id), index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organisation.id))
    worker_id: Mapped[UUID] = mapped_column(ForeignKey(Worker.id), index=True)
    decision_id: Mapped[UUID | None] = mapped_column(ForeignKey(Decision.id))
    state: Mapped[DisputeState] = mapped_column(String(10))
    state_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    statement: Mapped[str] = mapped_column(comment="the worker's words")
    reply_by: Mapped[datetime]
    reply: Mapped[str] = mapped_column(server_default="")
    replied_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    replied_at: Mapped[datetime | None]
    rule_by: Mapped[datetime]
    ruling: Mapped[str] = mapped_column(server_default="", comment="the reason given, or silence")
    ruled_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))


class Export(Base):
    """One snapshot of a job's labels: an export, or a published release with its own name."""

    __tablename__ = "exports"
    __table_args__ = (Index("ix_exports_job_id_id", "job_id", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id))
    format: Mapped[str] = mapped_column(String(10), comment="jsonl or csv")
    content: Mapped[str] = mapped_column(String(10), comment="labels or answers")
    release: Mapped[str | None] = mapped_column(String(80))
    state: Mapped[ExportState] = mapped_column(String(10))
    state_at: Mapped[datetime]
    rows_count: Mapped[int]
    digest: Mapped[str | None] = mapped_column(String(64), comment="of the stored file")
    created_at: Mapped[datetime]
    created_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
