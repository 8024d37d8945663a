"""Chores of the books: send what is due, hear the processor, mature earnings, check the books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog

from kernel.chores import chore
from kernel.db import Database, UnitOfWork
from kernel.errors import Refused
from kernel.runtime import Runtime
from payouts import earnings, gateway, invariants, onboarding, queries
from payouts.events import BooksBroken
from payouts.gateway import Done, Failed, Gateway
from payouts.transit import calls, deposits, refunds, reversals, withdrawals
from payouts.webhooks import hearing, looking

CALLS_MAX = 50
BATCHES_MAX = 20
log = structlog.get_logger(__name__)

Ask = Callable[[UnitOfWork, UUID], gateway.Ask]
Record = Callable[[UnitOfWork, UUID, Done | Failed], None]
STEPS: dict[str, tuple[Ask, Record]] = {
    "checkout": (deposits.ask, deposits.record),
    "transfer": (withdrawals.ask_transfer, withdrawals.record_transfer),
    "payout": (withdrawals.ask_payout, withdrawals.record_payout),
    "refund": (refunds.ask, refunds.record),
    "reversal": (reversals.ask, reversals.record),
    "account": (onboarding.ask_account, onboarding.record_account),
    "link": (onboarding.ask_link, onboarding.record_link),
}
# What may be sent while no money may leave.
INWARD = ("checkout", "reversal", "account", "link")


@chore("payouts.disburse", queue="money")
def disburse(runtime: Runtime, _key: str) -> datetime | None:
    """Send every call to the processor that is due."""
    return send_due(runtime.database, gateway.connect(runtime.settings, runtime.database))


@chore("payouts.poll_processor", queue="money")
def poll_processor(runtime: Runtime, _key: str) -> datetime | None:
    """Hear what the processor has to tell, and act on it."""
    return hearing.hear(runtime.database, gateway.connect(runtime.settings, runtime.database))


@chore("payouts.look_again", queue="money")
def look_again(runtime: Runtime, _key: str) -> datetime | None:
    """Hint at whatever is unfinished, so that a word lost on the way is lost for an hour."""
    runtime.database.run(looking.look_again)
    return None


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
            ask = _ask(uow, taken)
        outcome = ask if isinstance(ask, Failed) else calls.send(processor, taken, ask)
        record(database, taken, outcome)
    return database.clock.now()


def record(database: Database, taken: calls.Taken, outcome: gateway.Outcome | None) -> None:
    """Record what came of a call, and let whoever planned it act on it, in one transaction."""

    def work(uow: UnitOfWork) -> None:
        if calls.finish(uow, taken, outcome) and isinstance(outcome, Done | Failed):
            STEPS[taken.purpose][1](uow, taken.thing_id, outcome)

    database.run(work)


def inspect(uow: UnitOfWork) -> list[invariants.Broken]:
    """Check the books within a unit of work; tell, and halt where needed."""
    broken = invariants.check(uow)
    for one in broken:
        log.error("books_broken", invariant=one.name, rows=[str(row) for row in one.rows])
        uow.tell(BooksBroken(one.name, one.halts))
        if one.halts:
            invariants.halt(uow, one.sentence)
    return broken


def _ask(uow: UnitOfWork, taken: calls.Taken) -> gateway.Ask | Failed:
    """Build the request; what may not be sent any more has definitely not happened."""
    try:
        return STEPS[taken.purpose][0](uow, taken.thing_id)
    except Refused as refusal:
        assert not taken.is_resend, "what was sent once is looked up, whatever changed since"
        return Failed(refusal.code, refusal.sentence)


def _allowed(uow: UnitOfWork) -> tuple[str, ...]:
    return INWARD if queries.is_halted(uow) else tuple(STEPS)
