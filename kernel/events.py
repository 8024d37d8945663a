"""News: things that happened, written with the rows they are about and told after the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from kernel import chores
from kernel.db import Base, UnitOfWork
from kernel.types import Json, new_id

RELAYED_MAX = 500


@dataclass(frozen=True)
class News:
    """Tell, in the past tense, what happened; subclasses are frozen dataclasses of ids and text.

    `key` is what follow-up chores are called with: by default the first field.
    """

    name: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = f"{cls.__module__.removesuffix('.events')}.{cls.__name__}"

    @property
    def body(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}

    @property
    def key(self) -> str:
        """Return the first field as text."""
        return str(getattr(self, fields(self)[0].name))


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


class OutboxRow(Base):
    """One thing to tell or to do, inserted with the rows that caused it, deleted when passed on."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_at", "at"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(comment="news or chore")
    name: Mapped[str]
    key: Mapped[str]
    body: Mapped[Json]
    due_at: Mapped[datetime]


def flush(uow: UnitOfWork) -> None:
    """Write the outbox of a unit of work in one statement, just before its commit."""
    if uow.outbox:
        rows = [{"id": new_id(), "at": uow.now, **entry} for entry in uow.outbox]
        uow.session.execute(insert(OutboxRow), rows)


FollowUp = str | Callable[[UnitOfWork, Mapping[str, Any]], None]


def relay(uow: UnitOfWork, follow_ups: Mapping[str, Sequence[FollowUp]]) -> int:
    """Pass outbox rows on to the chores that follow them; return how many rows there were.

    A follow-up is a chore's name (called with the news' key) or a function of the news' body that
    asks for chores itself. All of it happens in one transaction, so nothing is lost or told twice.
    """
    picked = (
        select(OutboxRow.id)
        .order_by(OutboxRow.id)
        .limit(RELAYED_MAX)
        .with_for_update(skip_locked=True)
    )
    rows = uow.session.execute(
        delete(OutboxRow)
        .where(OutboxRow.id.in_(picked.scalar_subquery()))
        .returning(OutboxRow.kind, OutboxRow.name, OutboxRow.key, OutboxRow.body, OutboxRow.due_at)
    ).all()
    due: dict[tuple[str, str], datetime] = {}
    for kind, name, key, body, due_at in rows:
        names = [name] if kind == "chore" else follow_ups.get(name, ())
        for follow_up in names:
            if isinstance(follow_up, str):
                due[follow_up, key] = min(due_at, due.get((follow_up, key), due_at))
            else:
                follow_up(uow, body)
    chores.ask(uow, due)
    return len(rows)
