"""News: things that happened, written with the rows they are about and told after the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import structlog
from psycopg.types.json import Jsonb
from sqlalchemy import Index, Row, delete, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from kernel import chores
from kernel.db import Base, UnitOfWork, is_worth_a_retry
from kernel.sql import prepared
from kernel.types import Json, new_id

RELAYED_MAX = 500
PUT_BACK_SECONDS = 60
log = structlog.get_logger(__name__)


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
        columns = {name: [entry[name] for entry in uow.outbox] for name in uow.outbox[0]}
        columns["body"] = [Jsonb(body) for body in columns["body"]]
        columns["id"] = [new_id() for _ in uow.outbox]
        prepared.run(uow, _FLUSH, columns | {"at": uow.now})


_FLUSH = prepared.statement(
    "INSERT INTO outbox (id, at, kind, name, key, body, due_at)"
    " SELECT id, :at, kind, name, key, body, due_at FROM unnest("
    " CAST(:id AS uuid[]), CAST(:kind AS text[]), CAST(:name AS text[]), CAST(:key AS text[]),"
    " CAST(:body AS jsonb[]), CAST(:due_at AS timestamptz[]))"
    " AS new(id, kind, name, key, body, due_at)"
)


FollowUp = str | Callable[[UnitOfWork, Mapping[str, Any]], None]
Due = dict[tuple[str, str], datetime]


def relay(uow: UnitOfWork, follow_ups: Mapping[str, Sequence[FollowUp]]) -> int:
    """Pass outbox rows on to the chores that follow them; return how many rows there were.

    A follow-up is a chore's name (called with the news' key) or a function of the news' body that
    asks for chores itself. All of it happens in one transaction, so nothing is lost or told twice.
    News whose follow-up fails is put back for a while: it must not hold up the rest.
    """
    picked = (
        select(OutboxRow.id)
        .where(OutboxRow.at <= uow.now)
        .order_by(OutboxRow.id)
        .limit(RELAYED_MAX)
        .with_for_update(skip_locked=True)
    ).cte("picked")
    rows = uow.session.execute(
        delete(OutboxRow).where(OutboxRow.id == picked.c.id).returning(*OutboxRow.__table__.c)
    ).all()
    due: Due = {}
    for row in rows:
        followers = [row.name] if row.kind == "chore" else follow_ups.get(row.name, ())
        functions = [follower for follower in followers if not isinstance(follower, str)]
        if functions and not _follow(uow, functions, row):
            continue
        for name in followers:
            if isinstance(name, str):
                due[name, row.key] = min(row.due_at, due.get((name, row.key), row.due_at))
    chores.ask(uow, due)
    return len(rows)


def _follow(uow: UnitOfWork, functions: Sequence[Callable[..., None]], row: Row[Any]) -> bool:
    """Call the functions that follow one piece of news, all or none of them."""
    told, audited = len(uow.outbox), len(uow.audits)
    try:
        with uow.session.begin_nested():
            for function in functions:
                function(uow, row.body)
    except Exception as error:
        if isinstance(error, DBAPIError) and is_worth_a_retry(error):
            raise
        log.exception("follow_up_failed", news=row.name, id=str(row.id))
        del uow.outbox[told:], uow.audits[audited:]
        later = uow.now + timedelta(seconds=PUT_BACK_SECONDS)
        uow.session.execute(insert(OutboxRow).values({**row._mapping, "at": later}))
        return False
    return True
