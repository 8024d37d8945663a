"""The tables of the pretend processor, which nobody but the pretend processor reads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from kernel.types import Currency, Json


class PretendObject(Base):
    """One object of the processor: a checkout, transfer, payout or refund."""

    __tablename__ = "pretend_objects"
    __table_args__ = (Index("ix_pretend_objects_due", "state", "due_at"),)
    ref: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    owner: Mapped[str] = mapped_column(String(80), index=True, comment="our id, as told to it")
    currency: Mapped[Currency]
    minor: Mapped[int] = mapped_column(BigInteger, comment="whole minor units")
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(comment="when its state moves by itself")
    body: Mapped[Json]


class PretendLine(Base):
    """One signed line of the processor's own double-entry book."""

    __tablename__ = "pretend_lines"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    entry: Mapped[str] = mapped_column(String(100), index=True, comment="lines of one sum to zero")
    account: Mapped[str] = mapped_column(String(80), index=True)
    currency: Mapped[Currency]
    minor: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]


class PretendKey(Base):
    """An idempotency key the processor has seen, with what it did then."""

    __tablename__ = "pretend_keys"
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    asked: Mapped[str] = mapped_column(comment="digest of the parameters")
    object_ref: Mapped[str | None] = mapped_column(comment="none: it was refused")
    failure: Mapped[str]
    at: Mapped[datetime]


class PretendEvent(Base):
    """Something the processor has to tell."""

    __tablename__ = "pretend_events"
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    ref: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    object_ref: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
