"""The tables beside the ledger: what the processor says, what comes back, who released what."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from kernel.types import Currency, Json, Micros
from payouts.models import Journal, Withdrawal


class ProcessorLine(Base):
    """One line of our balance at the processor, as it was read, and the journal that books it."""

    __tablename__ = "processor_lines"
    __table_args__ = (
        CheckConstraint("micros <> 0 OR cost_micros <> 0", name="moves_something"),
        Index("ix_processor_lines_open", "at", postgresql_where=text("journal_id IS NULL")),
        Index("ix_processor_lines_journal", "journal_id"),
    )
    ref: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    source_ref: Mapped[str] = mapped_column(String(80))
    currency: Mapped[Currency]
    micros: Mapped[Micros] = mapped_column(comment="gross, signed as our balance sees it")
    cost_micros: Mapped[Micros] = mapped_column(comment="what the processor kept of it")
    at: Mapped[datetime]
    journal_id: Mapped[UUID | None] = mapped_column(ForeignKey(Journal.id))


class Resolution(Base):
    """One person's word on what an unmatched line is; a second person's makes it booked."""

    __tablename__ = "line_resolutions"
    __table_args__ = (
        CheckConstraint("second_by <> proposed_by", name="two_people"),
        CheckConstraint("(second_by IS NULL) = (decided_at IS NULL)", name="second_decides"),
        Index(
            "uq_line_resolutions_open",
            "line_ref",
            unique=True,
            postgresql_where=text("decided_at IS NULL"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    line_ref: Mapped[str] = mapped_column(ForeignKey(ProcessorLine.ref))
    account_kind: Mapped[str] = mapped_column(String(24))
    account_owner: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str]
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    second_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    is_accepted: Mapped[bool | None]


class Reconciliation(Base):
    """One comparison of our books with the processor's."""

    __tablename__ = "reconciliations"
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    since: Mapped[datetime]
    until: Mapped[datetime]
    lines_count: Mapped[int]
    matched_count: Mapped[int]
    unmatched_count: Mapped[int]
    differences: Mapped[Json] = mapped_column(comment="micros by currency: there less ours")


class Release(Base):
    """One admin's word that a large withdrawal may leave."""

    __tablename__ = "withdrawal_releases"
    withdrawal_id: Mapped[UUID] = mapped_column(ForeignKey(Withdrawal.id), primary_key=True)
    actor: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[datetime]


class Freeze(Base):
    """A time during which an organisation moves no money."""

    __tablename__ = "freezes"
    __table_args__ = (
        Index(
            "uq_freezes_open",
            "organisation",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation: Mapped[UUID]
    at: Mapped[datetime]
    reason: Mapped[str]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]


class Bonus(Base):
    """Money an organisation gives a worker on top, and why."""

    __tablename__ = "bonuses"
    __table_args__ = (
        CheckConstraint("micros > 0 AND fee_micros >= 0", name="positive"),
        Index("ix_bonuses_job", "job", "id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation: Mapped[UUID]
    job: Mapped[UUID]
    worker: Mapped[UUID] = mapped_column(index=True)
    about: Mapped[str] = mapped_column(String(120), comment="the answer it is for, opaque")
    currency: Mapped[Currency]
    micros: Mapped[Micros]
    fee_micros: Mapped[Micros]
    reason: Mapped[str]
    given_by: Mapped[str]
    at: Mapped[datetime]
