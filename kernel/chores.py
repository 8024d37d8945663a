"""Chores: named background functions that PostgreSQL remembers and RQ merely wakes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import BigInteger, Index, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, UnitOfWork

if TYPE_CHECKING:
    from kernel.runtime import Runtime

LEASE_SECONDS = 300
BACKOFF_SECONDS_MAX = 600
ENQUEUED_MAX = 200
SCHEDULE_LOCK = 7_215_042
QUEUES = ("quick", "money", "slow")
log = structlog.get_logger(__name__)


class DueChore(Base):
    """One pending wake-up: at most one per chore and key."""

    __tablename__ = "chores_due"
    __table_args__ = (Index("ix_chores_due_due_at", "due_at"),)
    name: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    generation: Mapped[int] = mapped_column(BigInteger, comment="grows when asked again")
    running_until: Mapped[datetime | None] = mapped_column(comment="the lease of who runs it now")
    enqueued_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(BigInteger)
    error: Mapped[str | None]


class ScheduleMark(Base):
    """When a schedule's chore was last asked for."""

    __tablename__ = "schedule_marks"
    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


Work = Callable[["Runtime", str], datetime | None]


@dataclass(frozen=True)
class Chore:
    """A background function, its queue; it may return the moment at which it wants to run again."""

    name: str
    queue: str
    work: Work


REGISTRY: dict[str, Chore] = {}


def chore(name: str, queue: str = "slow") -> Callable[[Work], Work]:
    """Register a function `(runtime, key) -> next moment or None` under a name.

    It may run twice, late, or at the same time as itself: it locks, returns if nothing is left to
    do, else acts.
    """

    def register(work: Work) -> Work:
        assert name not in REGISTRY, name
        assert queue in QUEUES, queue
        REGISTRY[name] = Chore(name, queue, work)
        return work

    return register


def queue_of(name: str) -> str:
    """Return a chore's queue; one that no code knows any more fails among the slow, and says so."""
    known = REGISTRY.get(name)
    return known.queue if known else "slow"


def ask(uow: UnitOfWork, due: Mapping[tuple[str, str], datetime]) -> None:
    """Remember wake-ups, coalesced per chore and key, in one statement."""
    if not due:
        return
    rows = [
        {"name": name, "key": key, "due_at": at, "generation": 1, "attempts": 0}
        for (name, key), at in sorted(due.items())
    ]
    new = insert(DueChore).values(rows)
    uow.session.execute(
        new.on_conflict_do_update(
            index_elements=["name", "key"],
            set_={
                "generation": DueChore.generation + 1,
                "due_at": func.least(DueChore.due_at, new.excluded.due_at),
                "enqueued_at": None,
            },
        )
    )


def take_due(uow: UnitOfWork, stale_seconds: int = 30) -> list[tuple[str, str]]:
    """Mark and return the wake-ups to enqueue: those due and not enqueued of late."""
    stale = uow.now - timedelta(seconds=stale_seconds)
    picked = (
        select(DueChore.name, DueChore.key)
        .where(
            DueChore.due_at <= uow.now,
            or_(DueChore.enqueued_at.is_(None), DueChore.enqueued_at < stale),
            or_(DueChore.running_until.is_(None), DueChore.running_until < uow.now),
        )
        .order_by(DueChore.due_at)
        .limit(ENQUEUED_MAX)
        .with_for_update(skip_locked=True)
    ).cte("picked")
    rows = uow.session.execute(
        update(DueChore)
        .where(DueChore.name == picked.c.name, DueChore.key == picked.c.key)
        .values(enqueued_at=uow.now)
        .returning(DueChore.name, DueChore.key)
    )
    return [(name, key) for name, key in rows]


def ask_scheduled(uow: UnitOfWork, schedule: Mapping[str, int]) -> None:
    """Ask for every chore of the schedule (name → seconds between runs) whose time has come.

    Of several relays one at a time looks at the schedule; the others leave it to that one.
    """
    if not uow.session.scalar(select(func.pg_try_advisory_xact_lock(SCHEDULE_LOCK))):
        return
    marks = dict(uow.session.execute(select(ScheduleMark.name, ScheduleMark.at)).all())
    never = uow.now - timedelta(days=36_500)
    ripe = [
        name
        for name, seconds in schedule.items()
        if uow.now - marks.get(name, never) >= timedelta(seconds=seconds)
    ]
    if not ripe:
        return
    new = insert(ScheduleMark).values([{"name": name, "at": uow.now} for name in ripe])
    uow.session.execute(
        new.on_conflict_do_update(index_elements=["name"], set_={"at": new.excluded.at})
    )
    ask(uow, {(name, ""): uow.now for name in ripe})


def run(runtime: Runtime, name: str, key: str) -> None:
    """Run one chore under a lease; forget its wake-up unless it was asked for again meanwhile."""
    generation = _lease(runtime, name, key)
    if generation is None:
        return
    started = time.monotonic()
    try:
        again_at = REGISTRY[name].work(runtime, key)
    except Exception as error:
        log.exception("chore_failed", chore=name, key=key)
        _put_off(runtime, name, key, f"{type(error).__name__}: {error}"[:500])
        return
    _finish(runtime, name, key, generation, again_at)
    log.info("chore_ran", chore=name, key=key, seconds=round(time.monotonic() - started, 4))


def _lease(runtime: Runtime, name: str, key: str) -> int | None:
    with runtime.database.unit_of_work() as uow:
        return uow.session.scalar(
            update(DueChore)
            .where(
                DueChore.name == name,
                DueChore.key == key,
                DueChore.due_at <= uow.now,
                or_(DueChore.running_until.is_(None), DueChore.running_until < uow.now),
            )
            .values(running_until=uow.now + timedelta(seconds=LEASE_SECONDS))
            .returning(DueChore.generation)
        )


def _finish(
    runtime: Runtime, name: str, key: str, generation: int, again_at: datetime | None
) -> None:
    mine = (DueChore.name == name, DueChore.key == key)
    with runtime.database.unit_of_work() as uow:
        if again_at is None:
            gone = delete(DueChore).where(*mine, DueChore.generation == generation)
            if uow.session.execute(gone.returning(DueChore.name)).first():
                return
        unasked = DueChore.generation == generation
        uow.session.execute(
            update(DueChore)
            .where(*mine)
            .values(
                running_until=None,
                enqueued_at=None,
                attempts=0,
                error=None,
                due_at=case((unasked, again_at or uow.now), else_=uow.now),
            )
        )


def _put_off(runtime: Runtime, name: str, key: str, error: str) -> None:
    with runtime.database.unit_of_work() as uow:
        row = uow.session.get(DueChore, (name, key), with_for_update=True)
        if row is not None:
            row.attempts += 1
            row.error, row.running_until, row.enqueued_at = error, None, None
            pause = min(2**row.attempts, BACKOFF_SECONDS_MAX)
            row.due_at = uow.now + timedelta(seconds=pause)


def drain(runtime: Runtime, rounds_max: int = 200) -> int:
    """Run everything that is due here and now, in this process; return how many chores ran.

    Tests, replays and the command line use it in place of runners.
    """
    ran = 0
    for _ in range(rounds_max):
        runtime.relay()
        with runtime.database.unit_of_work() as uow:
            due = take_due(uow, stale_seconds=0)
        if not due:
            return ran
        for name, key in due:
            run(runtime, name, key)
        ran += len(due)
    raise RuntimeError(f"Chores keep asking for each other: {due}")
