"""The tables of hints: events by their own ids, how far we listened, and chargebacks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from kernel.types import Currency, Json, Micros
from payouts.states import ChargebackState, EventState


class ProcessorEvent(Base):
    """A hint from the processor, stored once by its own id, handled by re-reading its object."""

    __tablename__ = "processor_events"
    __table_args__ = (
        Index("ix_processor_events_due", "try_at", postgresql_where=text("handled_at IS NULL")),
        CheckConstraint("(handled_at IS NULL) = (state = 'waiting')", name="handled_or_waiting"),
    )
    event_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    kind: Mapped[str] = mapped_column(String(80))
    object_ref: Mapped[str] = mapped_column(String(80))
    account: Mapped[str] = mapped_column(
        String(80), server_default="", comment="the connected account it is about"
    )
    source: Mapped[str] = mapped_column(
        String(10), server_default="listed", comment="platform, connected, listed or ourselves"
    )
    body: Mapped[Json] = mapped_column(comment="what it says of itself; nothing of people")
    received_at: Mapped[datetime]
    state: Mapped[EventState] = mapped_column(String(10), server_default="waiting")
    state_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    handled_at: Mapped[datetime | None]
    try_at: Mapped[datetime] = mapped_column(server_default=text("now()"), comment="not before")
    tries: Mapped[int] = mapped_column(server_default="0")
    failure: Mapped[str] = mapped_column(server_default="", comment="why it waits")


class EventMark(Base):
    """How far we have listened to what the processor lists, and when."""

    __tablename__ = "processor_event_marks"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    event_id: Mapped[str | None] = mapped_column(String(80))
    at: Mapped[datetime]


class Chargeback(Base):
    """A card holder's objection to a deposit: as last shown, what the bank took, who bore it."""

    __tablename__ = "chargebacks"
    __table_args__ = (
        CheckConstraint("micros > 0", name="positive"),
        CheckConstraint(
            "least(taken_micros, returned_micros, borne_micros, reserve_micros, debt_micros) >= 0",
            name="not_negative",
        ),
        CheckConstraint(
            "taken_micros - returned_micros >= borne_micros + reserve_micros + debt_micros",
            name="borne_at_most_taken",
        ),
    )
    ref: Mapped[str] = mapped_column(String(80), primary_key=True)
    deposit_id: Mapped[UUID | None] = mapped_column(index=True, comment="none: no deposit of ours")
    organisation: Mapped[UUID | None] = mapped_column(index=True)
    charge_ref: Mapped[str] = mapped_column(String(80))
    currency: Mapped[Currency]
    micros: Mapped[Micros]
    reason: Mapped[str] = mapped_column(String(80))
    state: Mapped[ChargebackState] = mapped_column(String(10))
    state_at: Mapped[datetime]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(comment="when the latest look began")
    taken_micros: Mapped[Micros] = mapped_column(server_default="0")
    returned_micros: Mapped[Micros] = mapped_column(server_default="0")
    borne_micros: Mapped[Micros] = mapped_column(server_default="0", comment="by the organisation")
    reserve_micros: Mapped[Micros] = mapped_column(server_default="0", comment="by the reserve")
    debt_micros: Mapped[Micros] = mapped_column(server_default="0", comment="by the platform")
    recoveries: Mapped[int] = mapped_column(server_default="0")

    @property
    def owed_micros(self) -> int:
        """Return what the organisation still owes."""
        borne = self.borne_micros + self.reserve_micros + self.debt_micros
        return self.taken_micros - self.returned_micros - borne
