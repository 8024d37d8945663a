"""Four eyes: a large withdrawal leaves only when two admins have released it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Refused
from kernel.money import MICROS_PER_UNIT, Money
from payouts import accounts, ledger
from payouts.books.models import Release
from payouts.events import WithdrawalFailed
from payouts.ledger import Draft
from payouts.models import Withdrawal
from payouts.states import WITHDRAWAL, WithdrawalState
from payouts.transit import calls

# From this amount on, in whole units, a withdrawal waits for people.
UNITS_FREE_MAX = {"USD": 1_000, "EUR": 1_000, "GBP": 1_000, "JPY": 150_000}
EYES = 2
REASON_MIN, REASON_MAX = 10, 500
WAITING_MAX = 200
GONE = "This withdrawal does not exist."


def eyes_wanted(amount: Money) -> int:
    """Return how many admins must release a withdrawal of an amount."""
    free = Money(UNITS_FREE_MAX[amount.currency] * MICROS_PER_UNIT, amount.currency)
    return EYES if amount > free else 0


def start(uow: UnitOfWork, withdrawal: Withdrawal) -> None:
    """Send a small withdrawal on its way; let a large one wait for its releases."""
    withdrawal.eyes_wanted = eyes_wanted(Money(withdrawal.micros, withdrawal.currency))
    if not withdrawal.eyes_wanted:
        calls.plan(uow, "transfer", withdrawal.id)


def release(uow: UnitOfWork, withdrawal: Withdrawal) -> bool:
    """Add one admin's word to a large withdrawal; return whether it leaves now."""
    withdrawal = uow.get(Withdrawal, withdrawal.id, GONE, lock=True)
    given = _given(uow, withdrawal)
    if withdrawal.state != WithdrawalState.REQUESTED or given >= withdrawal.eyes_wanted:
        raise Conflict("withdrawal_not_waiting", "This withdrawal does not wait for a release.")
    actor = uow.identity.actor
    if uow.session.get(Release, (withdrawal.id, actor)) is not None:
        raise Refused("second_person_needed", "You have released it; a second admin must too.")
    uow.session.add(Release(withdrawal_id=withdrawal.id, actor=actor, at=uow.now))
    uow.session.flush()
    uow.audit("withdrawal.released", f"withdrawal:{withdrawal.id}")
    if given + 1 < withdrawal.eyes_wanted:
        return False
    calls.plan(uow, "transfer", withdrawal.id)
    return True


def refuse(uow: UnitOfWork, withdrawal: Withdrawal, reason: str) -> None:
    """Stop a large withdrawal that waits, and give the worker the money back with the reason."""
    if not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        raise Refused("reason_missing", f"Please write why, in {REASON_MIN} characters or more.")
    withdrawal = uow.get(Withdrawal, withdrawal.id, GONE, lock=True)
    is_waiting = _given(uow, withdrawal) < withdrawal.eyes_wanted
    if withdrawal.state != WithdrawalState.REQUESTED or not is_waiting:
        raise Conflict("withdrawal_not_waiting", "This withdrawal does not wait for a release.")
    WITHDRAWAL.move(withdrawal, WithdrawalState.FAILED, at=uow.now)
    withdrawal.failure = reason.strip()
    legs = ledger.move(
        accounts.worker("worker_in_transit", withdrawal.worker, withdrawal.currency),
        accounts.worker("worker_available", withdrawal.worker, withdrawal.currency),
        Money(withdrawal.micros, withdrawal.currency),
    )
    source = f"withdrawal:{withdrawal.id}"
    ledger.post(uow, Draft("withdraw_failed", str(withdrawal.id), legs, source))
    uow.audit("withdrawal.refused", source, None, reason.strip())
    uow.tell(WithdrawalFailed(withdrawal.worker, withdrawal.id))


def waiting(uow: UnitOfWork) -> Sequence[tuple[Withdrawal, int]]:
    """List large withdrawals that wait, oldest first, each with how many have released it."""
    given = select(func.count()).where(Release.withdrawal_id == Withdrawal.id).scalar_subquery()
    rows = uow.session.execute(
        select(Withdrawal, given)
        .where(Withdrawal.state == WithdrawalState.REQUESTED, Withdrawal.eyes_wanted > given)
        .order_by(Withdrawal.id)
        .limit(WAITING_MAX)
    )
    return [(withdrawal, count) for withdrawal, count in rows]


def counts(uow: UnitOfWork) -> Sequence[tuple[str, str, int, Money]]:
    """Count withdrawals by state and currency, and add them up."""
    state, currency = Withdrawal.state, Withdrawal.currency
    rows = uow.session.execute(
        select(state, currency, func.count(), func.sum(Withdrawal.micros))
        .group_by(state, currency)
        .order_by(state, currency)
    )
    return [(name, code, count, Money(int(micros), code)) for name, code, count, micros in rows]


def _given(uow: UnitOfWork, withdrawal: Withdrawal) -> int:
    counted = select(func.count()).where(Release.withdrawal_id == withdrawal.id)
    return uow.session.scalar(counted) or 0
