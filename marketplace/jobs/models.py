"""What an organisation orders: jobs, their versions, tasks, media and imports."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from kernel.types import Currency, Json, Micros
from marketplace.accounts.models import Organisation, User
from marketplace.jobs.states import ImportState, JobState

BY_JOB = {"postgresql_partition_by": "HASH (job_id)"}


class Job(Base):
    """One order: interface, guidelines, price, redundancy, budget and tasks."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("answers_min BETWEEN 1 AND answers_max", name="answers_range"),
        CheckConstraint("answers_max <= 1000", name="answers_most"),
        CheckConstraint("confidence > 0.5 AND confidence < 1", name="confidence_range"),
        CheckConstraint("fee_basis_points BETWEEN 0 AND 10000", name="fee_range"),
        Index("ix_jobs_organisation_id_id", "organisation_id", "id"),
        Index("ix_jobs_state", "state"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    title: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(String(500), comment="what workers read when browsing")
    currency: Mapped[Currency]
    state: Mapped[JobState] = mapped_column(String(12))
    state_at: Mapped[datetime]
    pause_reason: Mapped[str] = mapped_column(server_default="", comment="shown to both sides")
    stop_reason: Mapped[str] = mapped_column(
        server_default="", comment="why an admin stopped it; empty while none did"
    )
    created_at: Mapped[datetime]
    created_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    published_at: Mapped[datetime | None]

    guidelines_version: Mapped[int]
    interface_version: Mapped[int]
    price_version: Mapped[int]
    fee_basis_points: Mapped[int] = mapped_column(comment="frozen when the job is published")

    answers_min: Mapped[int]
    answers_max: Mapped[int]
    is_adaptive: Mapped[bool]
    confidence: Mapped[Decimal] = mapped_column(Numeric(4, 3), comment="target of a label")
    reopenings_max: Mapped[int] = mapped_column(SmallInteger)
    expected_seconds: Mapped[int] = mapped_column(comment="active seconds a task should take")
    lease_seconds: Mapped[int]
    lease_seconds_max: Mapped[int] = mapped_column(comment="with every extension")
    undo_seconds: Mapped[int]
    claims_max: Mapped[int] = mapped_column(comment="tasks one worker may hold at once")

    approval: Mapped[str] = mapped_column(String(12), comment="on_submit, agreement or by_hand")
    approval_delay_seconds: Mapped[int] = mapped_column(comment="until automatic approval")

    gold_first: Mapped[int] = mapped_column(comment="gold among a worker's first tasks")
    gold_every: Mapped[int] = mapped_column(comment="then one in so many; 0 for none")
    gold_minimum: Mapped[Decimal] = mapped_column(
        Numeric(4, 3), comment="accuracy on gold a worker must have"
    )
    gold_error_rate: Mapped[Decimal] = mapped_column(
        Numeric(5, 4), comment="chance that a worker at the minimum is ever removed"
    )
    gold_feedback: Mapped[bool] = mapped_column(comment="show the known answer at once")
    gold_low_water: Mapped[int] = mapped_column(comment="refill a gold task's slots below this")

    newcomers_basis_points: Mapped[int] = mapped_column(comment="share of slots for newcomers")
    tasks_count: Mapped[int] = mapped_column(server_default="0", comment="gold left out")
    gold_count: Mapped[int] = mapped_column(server_default="0")
    next_position: Mapped[int] = mapped_column(server_default="1")


class JobVersion(Base):
    """One version of a job's guidelines, interface or price; answers name the ones they rest on."""

    __tablename__ = "job_versions"
    __table_args__ = (
        CheckConstraint("part IN ('guidelines', 'interface', 'price')", name="part_known"),
        CheckConstraint(
            "(part = 'price') = (reward_micros IS NOT NULL)", name="reward_on_prices_only"
        ),
        CheckConstraint("reward_micros > 0 AND reward_micros % 100 = 0", name="reward_step"),
    )
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id), primary_key=True)
    part: Mapped[str] = mapped_column(String(10), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(comment="Markdown, XML, or empty for a price")
    reward_micros: Mapped[Micros | None]
    fee_micros: Mapped[Micros | None]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))


class JobRequirement(Base):
    """What a worker must have to work on a job: one comparison with one qualification."""

    __tablename__ = "job_requirements"
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    qualification: Mapped[str] = mapped_column(comment="a type's id, or a built-in such as locale")
    comparison: Mapped[str] = mapped_column(String(12), comment="<, <=, >, >=, =, !=, exists, …")
    value: Mapped[Json | None]
    count_min: Mapped[int] = mapped_column(comment="rates only: answers it must rest on")
    guards: Mapped[str] = mapped_column(String(10), comment="discover, preview or accept")


class Task(Base):
    """One item to be labeled; with a known answer it is a gold task. A slot is a funded place."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("slots_open >= 0", name="slots_open_positive"),
        CheckConstraint("slots_open + slots_taken <= slots_max", name="slots_within_maximum"),
        CheckConstraint("slots_taken >= 0", name="slots_taken_positive"),
        CheckConstraint("lane BETWEEN 0 AND 2", name="lane_known"),
        CheckConstraint("(lane = 2) = (known IS NOT NULL)", name="gold_lane"),
        UniqueConstraint("job_id", "content_hash", name="uq_tasks_content"),
        UniqueConstraint("job_id", "external_id", name="uq_tasks_external_id"),
        Index("ix_tasks_position", "job_id", "position"),
        Index(
            "ix_tasks_open_slots",
            "job_id",
            "lane",
            "rank",
            postgresql_where=text("slots_open > 0"),
        ),
        BY_JOB,
    )
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(Integer, comment="order of import, from 1")
    priority: Mapped[int] = mapped_column(SmallInteger, comment="-1000 to 1000, higher first")
    rank: Mapped[int] = mapped_column(
        BigInteger,
        comment="(1000 - priority) * 10^10 + position: one number to order and to go on from",
    )
    external_id: Mapped[str | None] = mapped_column(String(200))
    data: Mapped[Json]
    content_hash: Mapped[str] = mapped_column(String(64))
    prediction: Mapped[Json | None]
    known: Mapped[Json | None] = mapped_column(comment="gold: control name -> class")
    known_version: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    explanation: Mapped[str] = mapped_column(server_default="")
    lane: Mapped[int] = mapped_column(SmallInteger, comment="0 re-opened, 1 first pass, 2 gold")
    state: Mapped[str] = mapped_column(
        String(10), comment="waiting, open, settled or withdrawn (broken)"
    )
    slots_open: Mapped[int] = mapped_column(Integer, comment="funded and free")
    slots_taken: Mapped[int] = mapped_column(Integer, comment="claimed, submitted or decided")
    slots_max: Mapped[int] = mapped_column(Integer)
    reopenings: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    broken_reports: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    waits_for_money: Mapped[bool] = mapped_column(server_default="false")
    is_audited: Mapped[bool] = mapped_column(
        server_default="false", comment="drawn at random before looking: to audit, or as gold"
    )
    created_at: Mapped[datetime]


class Media(Base):
    """One uploaded file of a job, known to its tasks by name and kept by content."""

    __tablename__ = "media"
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    mimetype: Mapped[str] = mapped_column(String(60))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime]


class Import(Base):
    """One upload of tasks: its file, how it went, and a report row by row."""

    __tablename__ = "imports"
    __table_args__ = (Index("ix_imports_job_id_id", "job_id", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id))
    filename: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    keep_good_rows: Mapped[bool] = mapped_column(comment="false: all or nothing")
    gold_is_random: Mapped[bool] = mapped_column(
        server_default="false", comment="its gold was drawn at random, so it calibrates"
    )
    state: Mapped[ImportState] = mapped_column(String(10))
    state_at: Mapped[datetime]
    rows_read: Mapped[int]
    rows_added: Mapped[int]
    report: Mapped[Json]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
