"""Rules and what they did, golds that drew attention, and contests."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from kernel.types import Json
from marketplace.accounts.models import User
from marketplace.jobs.models import Job
from marketplace.quality.states import ActState, CheckState, ContestState
from workers.models import Worker


class QualityRule(Base):
    """One rule of a job; a change makes a new version, an end keeps what it did."""

    __tablename__ = "quality_rules"
    __table_args__ = (Index("ix_quality_rules_job_id_id", "job_id", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id))
    version: Mapped[int]
    content: Mapped[Json] = mapped_column(comment="collector, conditions, action and its details")
    written_at: Mapped[datetime] = mapped_column(comment="earlier evidence counts, and acts once")
    written_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    ended_at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None] = mapped_column(comment="workers idle since are not read")


class RuleAct(Base):
    """One time a rule acted on a worker: on what, what followed, and what became of it."""

    __tablename__ = "rule_acts"
    __table_args__ = (
        Index("ix_rule_acts_job_id_id", "job_id", "id"),
        Index("ix_rule_acts_worker", "worker_id", "job_id"),
        Index("uq_rule_acts_once", "rule_id", "worker_id", "evidence_at", unique=True),
        Index("ix_rule_acts_open", "state", "ends_at", postgresql_where=text("state = 'open'")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id))
    rule_id: Mapped[UUID] = mapped_column(ForeignKey(QualityRule.id))
    rule_version: Mapped[int]
    worker_id: Mapped[UUID] = mapped_column(ForeignKey(Worker.id))
    rule: Mapped[Json] = mapped_column(comment="the rule as it was")
    measures: Mapped[Json] = mapped_column(comment="what was measured")
    sentence: Mapped[str] = mapped_column(comment="what the worker reads")
    evidence_at: Mapped[datetime] = mapped_column(comment="moment of the last evidence it rests on")
    at: Mapped[datetime]
    ends_at: Mapped[datetime | None] = mapped_column(comment="of a pause that ends by itself")
    before: Mapped[Json | None] = mapped_column(comment="what to put back when it is taken back")
    state: Mapped[ActState] = mapped_column(String(10))
    state_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    decision: Mapped[str] = mapped_column(server_default="", comment="the person's reason")


class GoldCheck(Base):
    """A gold that drew attention: paused until somebody looked, kept, retired or withdrawn."""

    __tablename__ = "gold_checks"
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id), primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[CheckState] = mapped_column(String(10))
    state_at: Mapped[datetime]
    reason: Mapped[str]
    seen: Mapped[int] = mapped_column(comment="answers when it was last looked at")
    looked_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))


class GoldShortage(Base):
    """The last time managers were told that a job's gold runs out."""

    __tablename__ = "gold_shortages"
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id), primary_key=True)
    told_at: Mapped[datetime]
    in_use: Mapped[int] = mapped_column(
        comment="gold in use when it was told; more makes it worth telling again"
    )


class GoldContest(Base):
    """One worker's objection to one gold, given by one click."""

    __tablename__ = "gold_contests"
    __table_args__ = (Index("ix_gold_contests_task", "job_id", "task_id"),)
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id), primary_key=True)
    assignment_id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID]
    worker_id: Mapped[UUID] = mapped_column(ForeignKey(Worker.id), index=True)
    statement: Mapped[str] = mapped_column(server_default="", comment="what the worker adds, if so")
    at: Mapped[datetime]
    state: Mapped[ContestState] = mapped_column(String(10))
    state_at: Mapped[datetime]
