"""Statements of the hot paths: written once, sent to the driver as they are, planned once a line.

SQLAlchemy builds, hashes and looks up a statement each time it is used; on the paths that every
task and answer takes, that and planning it anew cost more than the work itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import RawCursor
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from kernel.db import UnitOfWork

_NAMED = re.compile(r"(?<![:\w]):([a-z_]+)")

# Chosen anew for each transaction, by a column of the first statement that reads a partitioned
# table: what follows is planned for any values, once on each line, and prunes partitions as it
# starts. Planning for the values at hand costs ten times what running the claim does.
PLAN_ONCE = "set_config('plan_cache_mode', 'force_generic_plan', true) AS plan_once"


@dataclass(frozen=True)
class Prepared:
    """Hold one statement: as it is read, with `:names`, and as the server takes it, with `$1`."""

    text: str
    server_text: str
    names: tuple[str, ...]


def statement(sql: str) -> Prepared:
    """Return a statement whose values are written `:name`; it holds no comments."""
    names = tuple(dict.fromkeys(_NAMED.findall(sql)))
    numbered = _NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", sql)
    return Prepared(sql, " ".join(numbered.split()), names)


def rows(uow: UnitOfWork, wanted: Prepared, values: Mapping[str, Any]) -> list[Any]:
    """Run a statement and return its rows, each with its columns as attributes.

    What was added to the session before is flushed first. The first statement of a transaction
    travels together with its BEGIN. Errors are those of SQLAlchemy; listeners of its engine are
    told of the statement, with neither cursor nor context.
    """
    with _sent(uow, wanted, values) as cursor:
        return cursor.fetchall()


def run(uow: UnitOfWork, wanted: Prepared, values: Mapping[str, Any]) -> None:
    """Run a statement that returns nothing."""
    with _sent(uow, wanted, values):
        return


@contextmanager
def _sent(uow: UnitOfWork, wanted: Prepared, values: Mapping[str, Any]) -> Iterator[RawCursor[Any]]:
    uow.flush()
    line = uow.line
    line.dispatch.before_cursor_execute(line, None, wanted.server_text, values, None, False)
    raw: Any = line.connection.driver_connection
    given = [values[name] for name in wanted.names]
    try:
        with RawCursor(raw, row_factory=namedtuple_row) as cursor:
            if raw.info.transaction_status == TransactionStatus.IDLE:
                with raw.pipeline():
                    cursor.execute(wanted.server_text, given)
            else:
                cursor.execute(wanted.server_text, given)
            yield cursor
    except psycopg.Error as error:
        raise _wrapped(line, wanted, error) from error


def _wrapped(line: Connection, wanted: Prepared, error: psycopg.Error) -> DBAPIError:
    """Return the error as SQLAlchemy would raise it; forget a line that was lost."""
    raw: Any = line.connection.driver_connection
    is_lost = bool(raw.closed)
    if is_lost:
        line.invalidate(error)
    found = DBAPIError.instance(
        wanted.text,
        None,
        error,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=line.dialect,
    )
    assert isinstance(found, DBAPIError), "errors of the driver are wrapped, none passes as it is"
    return found
