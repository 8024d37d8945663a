"""Chores of the books: send what is due, hear the processor, mature earnings, check the books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from kernel.chores import chore
from kernel.db import Database, UnitOfWork
from kernel.runtime import Runtime
from payouts import earnings, gateway, invariants, queries
from payouts.events import BooksBroken
from payouts.gateway import CheckoutSeen, Done, Failed, Gateway, PayoutSeen, Seen
from payouts.models import ProcessorEvent
from payouts.transit import calls, deposits, refunds, withdrawals

CALLS_MAX = 50
EVENTS_MAX = 500
PAGES_MAX = 20
BATCHES_MAX = 20
POSTPONED_SECONDS = 30
log = structlog.get_logger(__name__)

Ask = Callable[[UnitOfWork, UUID], gateway.Ask]
Record = Callable[[UnitOfWork, UUID, Done | Failed], None]
STEPS: dict[str, tuple[Ask, Record]] = {
    "checkout": (deposits.ask, deposits.record),
    "transfer": (withdrawals.ask_transfer, withdrawals.record_transfer),
    "payout": (withdrawals.ask_payout, withdrawals.record_payout),
    "refund": (refunds.ask, refunds.record),
}
INWARD = ("checkout",)


@chore("payouts.disburse", queue="money")
def disburse(runtime: Runtime, _key: str) -> datetime | None:
    """Send every call to the processor that is due."""
    return send_due(runtime.database, gateway.connect(runtime.settings, runtime.database))


@chore("payouts.poll_processor", queue="money")
def poll_processor(runtime: Runtime, _key: str) -> datetime | None:
    """Hear what the processor has to tell, and act on it."""
    return hear(runtime.database, gateway.connect(runtime.settings, runtime.database))


@chore("payouts.mature", queue="money")
def mature(runtime: Runtime, _key: str) -> datetime | None:
    """Make due earnings available, a batch a transaction."""
    for _ in range(BATCHES_MAX):
        if runtime.database.run(earnings.mature) < earnings.MATURED_MAX:
            return None
    return runtime.clock.now()


@chore("payouts.check_books", queue="slow")
def check_books(runtime: Runtime, _key: str) -> datetime | None:
    """Check every invariant; tell of the broken ones, and halt payouts where money is at stake."""
    runtime.database.run(inspect)
    return None


def send_due(database: Database, processor: Gateway) -> datetime | None:
    """Send due calls one after another: take, commit, call, record; return when to come again."""
    for _ in range(CALLS_MAX):
        with database.unit_of_work() as uow:
            purposes = _allowed(uow)
            taken = calls.take(uow, purposes)
            if taken is None:
                return calls.next_at(uow, purposes)
            ask = STEPS[taken.purpose][0](uow, taken.thing_id)
        outcome = calls.send(processor, taken, ask)
        record(database, taken, outcome)
    return database.clock.now()


def record(database: Database, taken: calls.Taken, outcome: gateway.Outcome | None) -> None:
    """Record what came of a call, and let whoever planned it act on it, in one transaction."""

    def work(uow: UnitOfWork) -> None:
        if calls.finish(uow, taken, outcome) and isinstance(outcome, Done | Failed):
            STEPS[taken.purpose][1](uow, taken.thing_id, outcome)

    database.run(work)


def hear(database: Database, processor: Gateway) -> datetime | None:
    """Store new events by their ids, then handle each: re-read its object and act on that."""
    for _ in range(PAGES_MAX):
        if not _store(database, processor):
            break
    with database.unit_of_work() as uow:
        waiting = uow.session.execute(
            select(ProcessorEvent.event_id, ProcessorEvent.object_ref)
            .where(ProcessorEvent.handled_at.is_(None))
            .order_by(ProcessorEvent.position)
            .limit(EVENTS_MAX)
        ).all()
    handled = [_handle(database, processor, *event) for event in waiting]
    if all(handled):
        return None
    return database.clock.now() + timedelta(seconds=POSTPONED_SECONDS)


def inspect(uow: UnitOfWork) -> list[invariants.Broken]:
    """Check the books within a unit of work; tell, and halt where needed."""
    broken = invariants.check(uow)
    for one in broken:
        log.error("books_broken", invariant=one.name, rows=[str(row) for row in one.rows])
        uow.tell(BooksBroken(one.name, one.halts))
        if one.halts:
            invariants.halt(uow, one.sentence)
    return broken


def _allowed(uow: UnitOfWork) -> tuple[str, ...]:
    return INWARD if queries.is_halted(uow) else tuple(STEPS)


def _store(database: Database, processor: Gateway) -> bool:
    """Store one page of events; return whether there was one."""
    with database.unit_of_work() as uow:
        latest = uow.session.scalar(
            select(ProcessorEvent.event_id).order_by(ProcessorEvent.position.desc()).limit(1)
        )
    page = processor.events(latest)
    if not page:
        return False
    with database.unit_of_work() as uow:
        rows = [
            {
                "event_id": event.ref,
                "kind": event.kind,
                "object_ref": event.object_ref,
                "body": {},
                "received_at": uow.now,
            }
            for event in page
        ]
        uow.session.execute(insert(ProcessorEvent).values(rows).on_conflict_do_nothing())
    return True


def _handle(database: Database, processor: Gateway, event_id: str, object_ref: str) -> bool:
    """Handle one event; one that cannot be handled waits and does not hold up the others."""
    try:
        seen = processor.read(object_ref)
        return database.run(lambda uow: _settle(uow, event_id, seen))
    except Exception:
        log.exception("event_not_handled", event_id=event_id, object_ref=object_ref)
        return False


def _settle(uow: UnitOfWork, event_id: str, seen: Seen | None) -> bool:
    event = uow.get(ProcessorEvent, event_id, "This event does not exist.", lock=True)
    if event.handled_at is None and _act(uow, seen):
        event.handled_at = uow.now
    return event.handled_at is not None


def _act(uow: UnitOfWork, seen: Seen | None) -> bool:
    if seen is None:
        return True
    if isinstance(seen, CheckoutSeen):
        return deposits.settle(uow, seen)
    if isinstance(seen, PayoutSeen):
        return withdrawals.settle(uow, seen)
    return refunds.settle(uow, seen)
