"""Chores that keep the books honest: reconcile, close the day, recover, keep holding limits."""

from __future__ import annotations

from datetime import datetime

from kernel.chores import chore
from kernel.runtime import Runtime
from payouts import gateway
from payouts.books import closing, reconciling
from payouts.recovery import chargebacks, correcting
from payouts.transit import holding

BATCHES_MAX = 20


@chore("payouts.reconcile", queue="slow")
def reconcile(runtime: Runtime, _key: str) -> datetime | None:
    """Compare our books with the processor's."""
    reconciling.run(runtime.database, gateway.connect(runtime.settings, runtime.database))
    return None


@chore("payouts.close_day", queue="money")
def close_day(runtime: Runtime, _key: str) -> datetime | None:
    """Gather the jobs' fees and put some aside, a batch a transaction."""
    for _ in range(BATCHES_MAX):
        if runtime.database.run(closing.sweep) < closing.JOBS_MAX:
            return None
    return runtime.clock.now()


@chore("payouts.recover", queue="money")
def recover(runtime: Runtime, _key: str) -> datetime | None:
    """Seek what organisations and workers still owe in what they have now."""
    runtime.database.run(chargebacks.recover_all)
    runtime.database.run(correcting.offset)
    return None


@chore("payouts.keep_holding_limits", queue="money")
def keep_holding_limits(runtime: Runtime, _key: str) -> datetime | None:
    """Call money back before it has waited too long in a connected account."""
    runtime.database.run(holding.enforce)
    return None
