"""Holding limits: money may wait in a worker's connected account only so long, by country."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from kernel.db import UnitOfWork
from kernel.money import Money
from payouts import accounts, ledger
from payouts.events import WithdrawalRecalled
from payouts.gateway import Done, Failed, Reversal
from payouts.ledger import Draft
from payouts.models import Withdrawal
from payouts.states import WITHDRAWAL, WithdrawalState
from payouts.transit import calls, withdrawals

# How long the processor lets money wait with manual payouts, from its own terms.
DAYS_MAX = {"US": 730, "TH": 10}
DAYS_MAX_ELSEWHERE = 90
# What is left of that when the bank is tried once more, and when the money is called back.
RETRY_SHARE, RECALL_SHARE = 4, 10
BATCH = 200


@dataclass(frozen=True)
class Held:
    """Say of one stuck withdrawal since when its money waits at the processor, and where."""

    withdrawal_id: UUID
    country: str
    since: datetime
    state_at: datetime


def days_max(country: str) -> int:
    """Return how many days money may wait in a connected account of a country."""
    return DAYS_MAX.get(country, DAYS_MAX_ELSEWHERE)


def enforce(uow: UnitOfWork) -> tuple[int, int]:
    """Try banks again, or call money back, before its limit; return how many of each."""
    tried = recalled = 0
    for held in _stuck(uow):
        days = days_max(held.country)
        ends_at = held.since + timedelta(days=days)
        if uow.now >= ends_at - timedelta(days=days) / RECALL_SHARE:
            recall(uow, held.withdrawal_id)
            recalled += 1
        elif _is_time_to_try(uow.now, held, ends_at - timedelta(days=days) / RETRY_SHARE):
            stuck = uow.get(Withdrawal, held.withdrawal_id, withdrawals.GONE)
            withdrawals.send_again(uow, stuck.worker, stuck.id)
            tried += 1
    return tried, recalled


def recall(uow: UnitOfWork, withdrawal_id: UUID) -> None:
    """Ask the processor to give back what waits in the worker's connected account."""
    withdrawal = uow.get(Withdrawal, withdrawal_id, withdrawals.GONE, lock=True)
    WITHDRAWAL.move(withdrawal, WithdrawalState.RECALLING, at=uow.now)
    calls.plan(uow, "reversal", withdrawal.id)


def ask_reversal(uow: UnitOfWork, withdrawal_id: UUID) -> Reversal:
    """Build the request for the way back."""
    withdrawal = uow.get(Withdrawal, withdrawal_id, withdrawals.GONE)
    amount = Money(withdrawal.micros, withdrawal.currency)
    return Reversal(withdrawal.id, str(withdrawal.transfer_ref), amount)


def record_reversal(uow: UnitOfWork, withdrawal_id: UUID, outcome: Done | Failed) -> None:
    """Book that the money is with us and the worker again, or that it still waits there."""
    withdrawal = uow.get(Withdrawal, withdrawal_id, withdrawals.GONE, lock=True)
    if isinstance(outcome, Failed):
        withdrawal.failure = outcome.sentence
        WITHDRAWAL.move(withdrawal, WithdrawalState.STUCK, at=uow.now)
        return
    WITHDRAWAL.move(withdrawal, WithdrawalState.FAILED, at=uow.now)
    withdrawal.failure = "Your bank did not take the money in time. It is in your balance again."
    worker, currency, micros = withdrawal.worker, withdrawal.currency, withdrawal.micros
    legs = [
        (accounts.platform("processor_available", currency), micros),
        (accounts.worker("processor_connected", worker, currency), -micros),
        (accounts.worker("worker_in_transit", worker, currency), micros),
        (accounts.worker("worker_available", worker, currency), -micros),
    ]
    source = f"withdrawal:{withdrawal.id}"
    ledger.post(uow, Draft("transfer_reversed", str(withdrawal.id), legs, source))
    uow.tell(WithdrawalRecalled(worker, withdrawal.id))


def _is_time_to_try(now: datetime, held: Held, from_then: datetime) -> bool:
    """Try the bank once a day while the limit comes near."""
    return now >= from_then and now - held.state_at >= timedelta(days=1)


def _stuck(uow: UnitOfWork) -> list[Held]:
    rows = uow.session.execute(
        text(
            "SELECT w.id, coalesce(p.country, ''), j.at, w.state_at FROM withdrawals w"
            " JOIN journals j ON j.kind = 'transfer' AND j.ref = w.id::text"
            " LEFT JOIN workers p ON p.id = w.worker"
            " WHERE w.state = 'stuck' ORDER BY j.at LIMIT :most FOR NO KEY UPDATE OF w SKIP LOCKED"
        ),
        {"most": BATCH},
    )
    return [Held(*row) for row in rows]
