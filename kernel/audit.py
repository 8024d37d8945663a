"""The audit log: append-only rows of privileged acts, hash-chained by one chore."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, insert, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, UnitOfWork
from kernel.types import Json, new_id

CHAINED_MAX = 5_000
GENESIS = "0" * 64


class AuditEntry(Base):
    """One act: who did what to which thing, before and after, as opaque ids and plain values."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_unchained", "id", postgresql_where=text("hash IS NULL")),
        Index("ix_audit_log_thing", "thing", "id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    act: Mapped[str]
    thing: Mapped[str]
    before: Mapped[Json | None]
    after: Mapped[Json | None]
    request_id: Mapped[str] = mapped_column(server_default="")
    place: Mapped[int | None] = mapped_column(BigInteger, comment="position in the hash chain")
    hash: Mapped[str | None] = mapped_column(comment="SHA-256 over the one before and this row")


class AuditChain(Base):
    """The single row that holds the chain's head, locked while it grows."""

    __tablename__ = "audit_chain"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    place: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]


def flush(uow: UnitOfWork) -> None:
    """Write the acts of a unit of work in one statement, just before its commit."""
    if uow.audits:
        uow.session.execute(insert(AuditEntry), [{"id": new_id(), **act} for act in uow.audits])


def digest(before_hash: str, entry: AuditEntry) -> str:
    """Return the chain hash of an entry: SHA-256 over the previous hash and its own content."""
    content: list[Any] = [
        before_hash,
        str(entry.id),
        entry.at.isoformat(),
        entry.actor,
        entry.act,
        entry.thing,
        entry.before,
        entry.after,
        entry.request_id,
        entry.place,
    ]
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def chain(uow: UnitOfWork) -> int:
    """Append every unchained entry to the hash chain; return how many."""
    first = postgresql.insert(AuditChain).values(id=1, place=0, hash=GENESIS)
    uow.session.execute(first.on_conflict_do_nothing())
    head = uow.session.scalars(select(AuditChain).with_for_update()).one()
    loose = uow.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.hash.is_(None))
        .order_by(AuditEntry.id)
        .limit(CHAINED_MAX)
    ).all()
    for entry in loose:
        entry.place = head.place = head.place + 1
        entry.hash = head.hash = digest(head.hash, entry)
    return len(loose)


def broken_at(uow: UnitOfWork) -> int | None:
    """Return the first place where the chain does not hold or ends too early, or None."""
    head = uow.session.scalar(select(AuditChain))
    rows = uow.session.scalars(
        select(AuditEntry).where(AuditEntry.place.isnot(None)).order_by(AuditEntry.place)
    )
    last, place = GENESIS, 0
    for place, entry in enumerate(rows.yield_per(1_000), start=1):
        if entry.place != place or entry.hash != digest(last, entry):
            return place
        if head is not None and place == head.place and entry.hash != head.hash:
            return place
        last = entry.hash
    return place + 1 if head is not None and place < head.place else None
