"""Statements of the hot paths: written once, sent to the driver as they are, planned once a line.

SQLAlchemy builds, hashes and looks up a statement each time it is used; on the paths that every
task and answer takes, that and planning it anew cost more than the work itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from kernel.db import UnitOfWork

_NAMED = re.compile(r"(?<![:\w]):([a-z_]+)")

# Chosen anew for each transaction, by a column of the first statement that reads a partitioned
# table: what follows is planned for any values, once on each line, and prunes partitions as it
# starts. Planning for the values at hand costs ten times what running the claim does.
PLAN_ONCE = "set_config('plan_cache_mode', 'force_generic_plan', true) AS plan_once"


@dataclass(frozen=True)
class Prepared:
    """Hold one statement: as it is read, with `:names`, and as the driver takes it."""

    text: str
    driver_text: str


def statement(sql: str) -> Prepared:
    """Return a statement whose values are written `:name`."""
    return Prepared(sql, _NAMED.sub(r"%(\1)s", sql.replace("%", "%%")))


def rows(uow: UnitOfWork, wanted: Prepared, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """Run a statement that returns rows, and return them; what was added before is flushed."""
    uow.session.flush()
    line = uow.session.connection()
    return line.exec_driver_sql(wanted.driver_text, dict(values)).all()


def run(uow: UnitOfWork, wanted: Prepared, values: Mapping[str, Any]) -> None:
    """Run a statement that returns nothing."""
    uow.session.flush()
    uow.session.connection().exec_driver_sql(wanted.driver_text, dict(values))
