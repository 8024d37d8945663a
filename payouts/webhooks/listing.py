"""Named reads of events: what was told, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from kernel.db import UnitOfWork
from payouts.webhooks.models import ProcessorEvent

SHOWN_MAX = 50


def events(
    uow: UnitOfWork, state: str = "", before: int | None = None
) -> tuple[Sequence[ProcessorEvent], int | None]:
    """Return a page of events, newest first, and the position the next one begins before."""
    query = select(ProcessorEvent).order_by(ProcessorEvent.position.desc()).limit(SHOWN_MAX + 1)
    if state:
        query = query.where(ProcessorEvent.state == state)
    if before is not None:
        query = query.where(ProcessorEvent.position < before)
    rows = uow.session.scalars(query).all()
    more = len(rows) > SHOWN_MAX
    return rows[:SHOWN_MAX], rows[SHOWN_MAX - 1].position if more else None
