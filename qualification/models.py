"""Qualification types, grants, exams, sittings, gold records and trust notes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from kernel.types import Json
from qualification.states import SittingState
from workers.models import Worker


class QualificationType(Base):
    """A named ability with a whole-number value that workers may be granted."""

    __tablename__ = "qualification_types"
    __table_args__ = (Index("ix_qualification_types_owner", "owner", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(comment="opaque: organisation:id or platform")
    name: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(String(500))
    grants_automatically: Mapped[bool]
    valid_days: Mapped[int | None] = mapped_column(comment="grants expire after so many days")
    created_at: Mapped[datetime]


class Grant(Base):
    """One worker's value of one qualification."""

    __tablename__ = "grants"
    type_id: Mapped[UUID] = mapped_column(ForeignKey(QualificationType.id), primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey(Worker.id), primary_key=True, index=True)
    value: Mapped[int]
    source: Mapped[str] = mapped_column(comment="what it rests on: sitting:id, user:id, rule:…")
    granted_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class Exam(Base):
    """A test that grants a qualification; with feedback and no stakes it is training."""

    __tablename__ = "exams"
    __table_args__ = (
        CheckConstraint("pass_mark BETWEEN 0 AND 100", name="pass_mark_range"),
        CheckConstraint("seconds_max > 0", name="seconds_positive"),
        Index("uq_exams_version", "type_id", "version", unique=True),
        Index(
            "uq_exams_one_open",
            "type_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    type_id: Mapped[UUID] = mapped_column(ForeignKey(QualificationType.id))
    version: Mapped[int] = mapped_column(
        SmallInteger, server_default="1", comment="of the exam of its qualification, from 1"
    )
    title: Mapped[str] = mapped_column(String(120))
    guidelines: Mapped[str] = mapped_column(comment="Markdown, shown before and during the exam")
    questions: Mapped[Json] = mapped_column(
        comment="[{id, text, image?, options: [...], answer, explanation}]"
    )
    pass_mark: Mapped[int] = mapped_column(SmallInteger, comment="per cent right")
    seconds_max: Mapped[int]
    retry_seconds: Mapped[int | None] = mapped_column(comment="None: one sitting only")
    is_training: Mapped[bool]
    reward_note: Mapped[str] = mapped_column(comment="what it pays, or that it is not paid")
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None] = mapped_column(comment="nobody begins it from then on")


class Sitting(Base):
    """One worker taking one exam once."""

    __tablename__ = "sittings"
    __table_args__ = (
        Index("ix_sittings_exam_worker", "exam_id", "worker_id", "started_at"),
        Index(
            "uq_sittings_one_started",
            "exam_id",
            "worker_id",
            unique=True,
            postgresql_where=text("state = 'started'"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    exam_id: Mapped[UUID] = mapped_column(ForeignKey(Exam.id))
    worker_id: Mapped[UUID] = mapped_column(ForeignKey(Worker.id), index=True)
    state: Mapped[SittingState] = mapped_column(String(8))
    state_at: Mapped[datetime]
    started_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    given: Mapped[Json | None] = mapped_column(comment="question id -> option")
    score: Mapped[int | None] = mapped_column(SmallInteger, comment="per cent right")


class GoldRecord(Base):
    """One worker's gold on one job: counts, and the evidence against them as a log e-value."""

    __tablename__ = "gold_records"
    job: Mapped[UUID] = mapped_column(primary_key=True, comment="opaque here")
    worker_id: Mapped[UUID] = mapped_column(ForeignKey(Worker.id), primary_key=True, index=True)
    right: Mapped[int]
    wrong: Mapped[int]
    log_evidence: Mapped[float] = mapped_column(Double, comment="ln of the e-value")
    evidence: Mapped[Json] = mapped_column(comment="what the sequential test carries on with")
    fell_short_at: Mapped[datetime | None] = mapped_column(comment="when the test said remove")


class TrustNote(Base):
    """One observation about a worker, append-only; a later note may replace an earlier one."""

    __tablename__ = "trust_notes"
    __table_args__ = (
        Index("uq_trust_notes_source", "source", "kind", "version", unique=True),
        Index("ix_trust_notes_worker", "worker_id", "job"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    worker_id: Mapped[UUID] = mapped_column(ForeignKey(Worker.id))
    job: Mapped[UUID] = mapped_column(comment="opaque here")
    source: Mapped[str] = mapped_column(comment="assignment:{job}/{id}")
    kind: Mapped[str] = mapped_column(String(12), comment="gold, agreement or review")
    version: Mapped[int] = mapped_column(SmallInteger, comment="of the gold it was judged by")
    outcome: Mapped[float] = mapped_column(Double, comment="similarity to the known answer, 0 to 1")
    at: Mapped[datetime]
