"""The database and its unit of work: one session, one moment, one commit."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from sqlalchemy import Connection, DateTime, Engine, MetaData, create_engine
from sqlalchemy.dialects.postgresql import UUID as PGUUID
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from kernel.clock import Clock
from kernel.errors import Missing, Unavailable
from kernel.identity import SYSTEM, Identity

ATTEMPTS_MAX = 4
PAUSE_SECONDS = 0.05
POOL_SIZE = 12
RETRIED = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
_json = json.JSONDecoder()
Row = TypeVar("Row", bound="Base")
Result = TypeVar("Result")


class Base(DeclarativeBase):
    """Gather every table under one naming convention."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True), UUID: PGUUID(as_uuid=True)}  # noqa: RUF012


@dataclass
class UnitOfWork:
    """Carry one transaction: its line, its one moment, who asks, and the news it will tell.

    Both the line and the session over it are made when they are first asked for: the hot paths
    need no session, and what needs no database takes no line.
    """

    engine: Engine
    now: datetime
    identity: Identity = SYSTEM
    request_id: str = ""
    outbox: list[dict[str, Any]] = field(default_factory=list)
    audits: list[dict[str, Any]] = field(default_factory=list)
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    @cached_property
    def line(self) -> Connection:
        """Return the connection of this one transaction."""
        line = self.engine.connect()
        line.begin()
        return line

    @cached_property
    def session(self) -> Session:
        """Return the session over the line, for rows that are changed as objects."""
        return Session(self.line, expire_on_commit=False)

    def flush(self) -> None:
        """Send what was added to the session, if there is one."""
        if "session" in vars(self):
            self.session.flush()

    def tell(self, news: Any, at: datetime | None = None) -> None:
        """Put news (see kernel.events) in the outbox; what follows it may wait for a moment."""
        self._post("news", news.name, news.key, news.body, at)

    def later(self, chore: str, key: object, at: datetime | None = None) -> None:
        """Ask for a chore by name and key, now or at a moment; coalesced with its like."""
        self._post("chore", chore, str(key), {}, at)

    def audit(self, act: str, thing: str, before: object = None, after: object = None) -> None:
        """Write down a privileged act; opaque ids and values only, no personal data."""
        self.audits.append(
            {
                "at": self.now,
                "actor": self.identity.actor,
                "act": act,
                "thing": thing,
                "before": before,
                "after": after,
                "request_id": self.request_id,
            }
        )

    def get(self, model: type[Row], key: Any, sentence: str, *, lock: bool = False) -> Row:
        """Load one row by its key, locked if asked; raise Missing with the sentence."""
        row = self.session.get(
            model,
            key,
            with_for_update={"key_share": True} if lock else None,
            populate_existing=lock,
        )
        if row is None:
            raise Missing("not_found", sentence)
        return row

    def _post(
        self, kind: str, name: str, key: str, body: dict[str, Any], at: datetime | None = None
    ) -> None:
        due_at = at or self.now
        entry = {"kind": kind, "name": name, "key": key, "body": body, "due_at": due_at}
        if entry not in self.outbox:
            self.outbox.append(entry)


class Database:
    """Open units of work on one PostgreSQL server."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        before_commit: Sequence[Callable[[UnitOfWork], None]] = (),
        after_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self.clock = clock
        self.engine = create_engine(
            url,
            pool_size=POOL_SIZE,
            max_overflow=4,
            pool_timeout=10,
            pool_recycle=1800,
            hide_parameters=True,
            json_deserializer=_read_json,
            connect_args={"connect_timeout": 5, "options": "-c timezone=UTC"},
        )
        self._before_commit = before_commit
        self._after_commit = after_commit

    @contextmanager
    def unit_of_work(
        self, identity: Identity = SYSTEM, request_id: str = ""
    ) -> Iterator[UnitOfWork]:
        """Yield a unit; commit its rows and its outbox together, or nothing at all."""
        uow = UnitOfWork(self.engine, self.clock.now(), identity, request_id)
        try:
            yield uow
            for flush in self._before_commit:
                flush(uow)
            _commit(uow)
        finally:
            _close(uow)
        for done in uow.after_commit:
            done()
        if any(entry["due_at"] <= uow.now for entry in uow.outbox):
            self._after_commit()  # what is due later, the relay finds in time by itself

    def run(self, work: Callable[[UnitOfWork], Result], identity: Identity = SYSTEM) -> Result:
        """Run a function in a unit of work, again (bounded) after a deadlock or a lost line."""
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                with self.unit_of_work(identity) as uow:
                    return work(uow)
            except DBAPIError as error:
                if attempt == ATTEMPTS_MAX or not is_worth_a_retry(error):
                    raise
                pause_after(attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def _read_json(content: bytes | str) -> Any:
    """Read JSON from the server, which is UTF-8: json.loads takes longer to find that out."""
    return _json.decode(content.decode() if isinstance(content, bytes) else content)


def is_worth_a_retry(error: DBAPIError) -> bool:
    """Tell a deadlock, a serialization failure or a lost connection from a fault of ours."""
    return isinstance(error.orig, RETRIED) or error.connection_invalidated


def pause_after(attempt: int) -> None:
    """Wait a moment before the next try, so that the other side of a deadlock gets its lock."""
    time.sleep(PAUSE_SECONDS * attempt)


def _commit(uow: UnitOfWork) -> None:
    """Commit; never try again what may have been committed before the line was lost."""
    uow.flush()
    if "line" not in vars(uow):
        return
    try:
        uow.line.commit()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise Unavailable(
            "outcome_unknown",
            "We lost our database at the last moment. Please look whether this was done before "
            "you try it again.",
        ) from error


def _close(uow: UnitOfWork) -> None:
    """Give the line back; what was not committed is undone."""
    if "session" in vars(uow):
        uow.session.close()
    if "line" in vars(uow):
        uow.line.close()
