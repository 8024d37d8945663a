"""Notes of what to look at: events told to us, and hints that we give ourselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from kernel.db import UnitOfWork
from payouts.gateway import Event
from payouts.states import EventState
from payouts.webhooks.models import ProcessorEvent

OURSELVES = "ourselves"
CHORE = "payouts.poll_processor"


def note(
    uow: UnitOfWork, events: Sequence[Event], source: str, *, is_live: bool | None = None
) -> int:
    """Store events by their ids, each once, and ask for them to be handled; return the new ones.

    Where `is_live` is given, an event of the other mode is kept and never acted on.
    """
    if not events:
        return 0
    rows = [_row(event, source, uow.now, is_live in (None, event.is_live)) for event in events]
    stored = uow.session.scalars(
        insert(ProcessorEvent)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(ProcessorEvent.event_id)
    ).all()
    uow.later(CHORE, "")
    return len(stored)


def look_at(uow: UnitOfWork, ref: str, account: str = "", every_seconds: int = 60) -> None:
    """Hint to ourselves that an object should be read again; once in so many seconds is enough."""
    turn = int(uow.now.timestamp()) // every_seconds
    note(uow, [Event(f"look:{ref[:60]}:{turn}", "look", ref, account)], OURSELVES)


def waiting_count(uow: UnitOfWork) -> int:
    """Count the events that have not been handled."""
    waiting = select(func.count()).where(ProcessorEvent.handled_at.is_(None))
    return int(uow.session.scalar(waiting) or 0)


def _row(event: Event, source: str, now: datetime, is_ours: bool) -> dict[str, object]:
    state = EventState.WAITING if is_ours else EventState.OTHER_MODE
    return {
        "event_id": event.ref,
        "kind": event.kind,
        "object_ref": event.object_ref,
        "account": event.account,
        "source": source,
        "body": {"is_live": event.is_live},
        "received_at": now,
        "state": state,
        "state_at": now,
        "try_at": now,
        "handled_at": None if is_ours else now,
    }
