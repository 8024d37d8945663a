"""The page that shows admins at a glance whether everything behind the pages goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis as redis_errors
from flask import Blueprint
from rq import Worker as Process
from sqlalchemy import func, select, text

from kernel.audit import AuditEntry
from kernel.chores import QUEUES, DueChore, ScheduleMark
from kernel.db import UnitOfWork
from kernel.events import OutboxRow
from kernel.mail import Letter
from kernel.runtime import Runtime
from kernel.web.http import runtime
from kernel.web.pages import page
from marketplace.home import policy
from payouts import queries as money

FAILED_SHOWN = 20
LATE_SECONDS = 60
SILENT_SECONDS = 120
blueprint = Blueprint("watching", __name__)


@dataclass(frozen=True)
class Check:
    """One thing that is well or not, with its figure in words."""

    name: str
    is_well: bool
    figure: str


@blueprint.get("/health")
@page(policy.ADMINISTER, "admin/health.html")
def health(uow: UnitOfWork) -> dict[str, Any]:
    """Show what waits, what failed, which processes run, and whether books and log hold."""
    here = runtime()
    failed = select(DueChore).where(DueChore.error.isnot(None)).order_by(DueChore.due_at)
    return {
        "checks": [*_database(uow), *_waiting(uow), _letters(uow, here), *_queues(here)]
        + _processes(uow, here),
        "failed": uow.session.scalars(failed.limit(FAILED_SHOWN)).all(),
        "schedule": uow.session.scalars(select(ScheduleMark).order_by(ScheduleMark.name)).all(),
        "now": uow.now,
    }


def _database(uow: UnitOfWork) -> list[Check]:
    size = uow.session.scalar(text("SELECT pg_size_pretty(pg_database_size(current_database()))"))
    revision = uow.session.scalar(text("SELECT version_num FROM alembic_version"))
    is_whole = not money.is_halted(uow)
    figure = "whole at the last check" if is_whole else "broken: nothing is paid out"
    return [
        Check("Database", True, f"{size}, schema {revision}"),
        Check("Books", is_whole, figure),
    ]


def _waiting(uow: UnitOfWork) -> list[Check]:
    due = (DueChore.due_at <= uow.now, DueChore.running_until.is_(None))
    return [
        _oldest(uow, "Told but not followed up", func.min(OutboxRow.at), ()),
        _oldest(uow, "Due background work", func.min(DueChore.due_at), due),
        _oldest(
            uow, "Audit entries not chained", func.min(AuditEntry.at), (AuditEntry.hash.is_(None),)
        ),
    ]


def _letters(uow: UnitOfWork, here: Runtime) -> Check:
    """Return how many letters wait; without a mail server they are only kept, as on a desk."""
    unsent = _oldest(uow, "Letters not sent", func.min(Letter.at), (Letter.sent_at.is_(None),))
    if here.settings.mail_url:
        return unsent
    return Check(unsent.name, not here.settings.production, "no mail server is set: kept here")


def _oldest(uow: UnitOfWork, name: str, first: Any, which: tuple[Any, ...]) -> Check:
    """Return how many of a kind wait and how old the oldest is."""
    row = uow.session.execute(select(first, func.count()).where(*which)).one()
    age = _age_seconds(uow, row[0])
    words = f"{row[1]:,}, the oldest for {age:,.0f} s" if row[1] else "none"
    return Check(name, age < LATE_SECONDS, words)


def _queues(here: Runtime) -> list[Check]:
    try:
        lengths = {queue: here.redis.llen(f"rq:queue:{queue}") for queue in QUEUES}
    except redis_errors.RedisError:
        return [Check("Valkey", False, "does not answer; nothing is lost, but work is late")]
    waiting = ", ".join(f"{name} {length:,}" for name, length in lengths.items())
    return [Check("Queues", all(length < 1_000 for length in lengths.values()), waiting)]


def _processes(uow: UnitOfWork, here: Runtime) -> list[Check]:
    """Return for each queue whether a process serves it and when that was last heard of."""
    try:
        running = Process.all(connection=here.redis)
    except redis_errors.RedisError:
        return []
    found = []
    for queue in QUEUES:
        heard = [each.last_heartbeat for each in running if queue in each.queue_names()]
        ages = [_age_seconds(uow, at) for at in heard if at is not None]
        words = f"{len(heard)}, last heard of {min(ages):,.0f} s ago" if ages else "none"
        found.append(
            Check(f"Processes for {queue} work", bool(ages) and min(ages) < SILENT_SECONDS, words)
        )
    return found


def _age_seconds(uow: UnitOfWork, at: datetime | None) -> float:
    if at is None:
        return 0.0
    then = at if at.tzinfo else at.replace(tzinfo=uow.now.tzinfo)
    return max((uow.now - then).total_seconds(), 0.0)
