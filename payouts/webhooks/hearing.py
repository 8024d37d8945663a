"""Listening to the processor: store what it lists, then read again what each hint is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from kernel.db import Database, UnitOfWork
from kernel.errors import DomainError, Missing
from payouts.gateway import Gateway, Seen
from payouts.states import EVENT, EventState
from payouts.webhooks import applying, noting
from payouts.webhooks.models import EventMark, ProcessorEvent

EVENTS_MAX = 500
PAGES_MAX = 20
PAUSE_SECONDS = 30
PAUSE_SECONDS_MAX = 3_600
FAILURE_MAX = 300
MARK = "listed"
GONE = "This event does not exist."
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Hint:
    """Hold what is needed of an event while no transaction is open."""

    event_id: str
    object_ref: str
    account: str


def hear(database: Database, processor: Gateway) -> datetime | None:
    """Store new events by their ids, then handle those that are due; return when to come again."""
    for _ in range(PAGES_MAX):
        if not _listen(database, processor):
            break
    with database.unit_of_work() as uow:
        due = uow.session.execute(
            select(ProcessorEvent.event_id, ProcessorEvent.object_ref, ProcessorEvent.account)
            .where(ProcessorEvent.handled_at.is_(None), ProcessorEvent.try_at <= uow.now)
            .order_by(ProcessorEvent.position)
            .limit(EVENTS_MAX)
        ).all()
    for row in due:
        _handle(database, processor, Hint(*row))
    with database.unit_of_work() as uow:
        return uow.session.scalar(
            select(func.min(ProcessorEvent.try_at)).where(ProcessorEvent.handled_at.is_(None))
        )


def retry(uow: UnitOfWork, event_id: str) -> ProcessorEvent:
    """Let an event be handled once more, now; raise Conflict for one of another mode."""
    event = uow.get(ProcessorEvent, event_id, GONE, lock=True)
    if event.state != EventState.WAITING:
        EVENT.move(event, EventState.WAITING, at=uow.now)
        event.handled_at = None
    event.try_at = uow.now
    uow.later(noting.CHORE, "")
    uow.audit("event.retry", f"event:{event_id}")
    return event


def _listen(database: Database, processor: Gateway) -> bool:
    """Store one page of what the processor lists; return whether there may be more."""
    with database.unit_of_work() as uow:
        mark = uow.session.get(EventMark, MARK)
        since = mark.event_id if mark else None
        wait = timedelta(seconds=processor.pause_seconds)
        if mark is not None and mark.at + wait > uow.now:
            return False
    page = processor.events(since)
    with database.unit_of_work() as uow:
        new = noting.note(uow, page, MARK, is_live=processor.is_live)
        # Until a whole page is old news, go on without the pause.
        heard_at = uow.now if new == 0 else uow.now - wait
        latest = page[-1].ref if page else since
        row = insert(EventMark).values(name=MARK, event_id=latest, at=heard_at)
        kept = {"event_id": row.excluded.event_id, "at": row.excluded.at}
        uow.session.execute(row.on_conflict_do_update(index_elements=["name"], set_=kept))
    return bool(page) and latest != since


def _handle(database: Database, processor: Gateway, hint: Hint) -> None:
    """Handle one event; one that cannot be handled waits and does not hold up the others."""
    began_at = database.clock.now()
    try:
        seen = processor.read(hint.object_ref, hint.account)
        database.run(lambda uow: _apply(uow, hint, seen, began_at))
    except Missing as refusal:
        why = refusal.sentence
        database.run(lambda uow: _close(uow, hint, EventState.UNKNOWN, why))
    except Exception as error:
        log.exception("event_not_handled", event_id=hint.event_id, object_ref=hint.object_ref)
        said = error.sentence if isinstance(error, DomainError) else f"{type(error).__name__}"
        why = f"{said} {error}" if isinstance(error, ValueError) else said
        database.run(lambda uow: _postpone(uow, hint, why))


def _apply(uow: UnitOfWork, hint: Hint, seen: Seen | None, began_at: datetime) -> None:
    event = _locked(uow, hint)
    if event.handled_at is not None:
        return
    if seen is None:
        _close(uow, hint, EventState.NOT_OURS, "")
    elif applying.apply(uow, seen, began_at):
        _close(uow, hint, EventState.APPLIED, "")
    else:
        _postpone(uow, hint, "Our own record of this is not written yet.")


def _close(uow: UnitOfWork, hint: Hint, state: EventState, why: str) -> None:
    event = _locked(uow, hint)
    if event.handled_at is None:
        EVENT.move(event, state, at=uow.now)
        event.handled_at, event.failure = uow.now, why


def _postpone(uow: UnitOfWork, hint: Hint, why: str) -> None:
    event = _locked(uow, hint)
    if event.handled_at is None:
        event.tries += 1
        event.failure = why[:FAILURE_MAX]
        pause = min(PAUSE_SECONDS * 2 ** min(event.tries - 1, 10), PAUSE_SECONDS_MAX)
        event.try_at = uow.now + timedelta(seconds=pause)


def _locked(uow: UnitOfWork, hint: Hint) -> ProcessorEvent:
    return uow.get(ProcessorEvent, hint.event_id, GONE, lock=True)
