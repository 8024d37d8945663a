"""Withdrawals: a worker's available money on its way to the bank, by transfer then payout."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Missing, Refused
from kernel.money import MICROS_PER_UNIT, Money
from kernel.types import new_id
from payouts import accounts, ledger, onboarding
from payouts.accounts import AccountKey
from payouts.events import WithdrawalFailed, WithdrawalPaid, WithdrawalStuck
from payouts.gateway import Done, Failed, Payout, PayoutSeen, Transfer
from payouts.ledger import Draft
from payouts.models import Withdrawal
from payouts.states import WITHDRAWAL, AccountState, WithdrawalState
from payouts.transit import calls, releases, reversals

UNITS_MIN = {"USD": 1, "EUR": 1, "GBP": 1, "JPY": 100}
CLOSED = (WithdrawalState.PAID, WithdrawalState.FAILED)
GONE = releases.GONE
SENT_BACK = "The bank sent the money back. Check the bank details."


def request(uow: UnitOfWork, worker: UUID, amount: Money) -> Withdrawal:
    """Take money out of a worker's available balance and send it on its way to the bank."""
    least = Money(UNITS_MIN[amount.currency] * MICROS_PER_UNIT, amount.currency)
    if amount < least:
        raise Refused("withdrawal_below_minimum", f"The smallest withdrawal is {least}.")
    if amount != amount.whole_minor:
        raise Refused(
            "amount_not_whole", f"Banks move whole amounts, such as {amount.whole_minor}."
        )
    available = accounts.worker("worker_available", worker, amount.currency)
    held = ledger.balance(uow, available, lock=True)
    if amount > held:
        raise Refused("withdrawal_above_balance", f"You can withdraw up to {held.whole_minor} now.")
    _refuse_second(uow, worker, amount.currency)
    account_ref = onboarding.ready_account(uow, worker)
    withdrawal = Withdrawal(
        id=new_id(),
        worker=worker,
        currency=amount.currency,
        micros=amount.micros,
        state=WITHDRAWAL.start,
        state_at=uow.now,
        created_at=uow.now,
        account_ref=account_ref,
    )
    uow.session.add(withdrawal)
    _post(uow, "withdraw", withdrawal, (available, _account(withdrawal, "worker_in_transit")))
    releases.start(uow, withdrawal)
    return withdrawal


def send_again(uow: UnitOfWork, worker: UUID, withdrawal_id: UUID) -> Withdrawal:
    """Try the bank once more with money that waits at the processor."""
    withdrawal = uow.get(Withdrawal, withdrawal_id, GONE, lock=True)
    if withdrawal.worker != worker:
        raise Missing("not_found", GONE)
    if withdrawal.reversed_micros and withdrawal.state == WithdrawalState.STUCK:
        raise Conflict(
            "withdrawal_coming_back",
            "Part of this money has come back to us already. You can withdraw all of it again once"
            " the rest is here.",
        )
    WITHDRAWAL.move(withdrawal, WithdrawalState.TRANSFERRED, at=uow.now)
    calls.plan(uow, "payout", withdrawal.id)
    return withdrawal


def ask_transfer(uow: UnitOfWork, withdrawal_id: UUID) -> Transfer:
    """Build the request for the way to the worker's account; refuse if it has closed meanwhile."""
    withdrawal = uow.get(Withdrawal, withdrawal_id, GONE)
    if withdrawal.gate_at_send is None:
        withdrawal.account_ref = onboarding.ready_account(uow, withdrawal.worker)
        withdrawal.gate_at_send = AccountState.READY
    return Transfer(withdrawal.id, withdrawal.worker, withdrawal.account_ref, _amount(withdrawal))


def ask_payout(uow: UnitOfWork, withdrawal_id: UUID) -> Payout:
    """Build the request for the way from there to the bank."""
    withdrawal = uow.get(Withdrawal, withdrawal_id, GONE)
    return Payout(withdrawal.id, withdrawal.worker, withdrawal.account_ref, _amount(withdrawal))


def record_transfer(uow: UnitOfWork, withdrawal_id: UUID, outcome: Done | Failed) -> None:
    """Book the transfer and go on to the bank, or give the money back to the worker."""
    withdrawal = uow.get(Withdrawal, withdrawal_id, GONE, lock=True)
    if isinstance(outcome, Failed):
        WITHDRAWAL.move(withdrawal, WithdrawalState.FAILED, at=uow.now)
        withdrawal.failure = outcome.sentence
        in_transit = _account(withdrawal, "worker_in_transit")
        back = (in_transit, _account(withdrawal, "worker_available"))
        _post(uow, "withdraw_failed", withdrawal, back)
        uow.tell(WithdrawalFailed(withdrawal.worker, withdrawal.id))
        return
    WITHDRAWAL.move(withdrawal, WithdrawalState.TRANSFERRED, at=uow.now)
    withdrawal.transfer_ref = outcome.ref
    ours = accounts.platform("processor_available", withdrawal.currency)
    _post(uow, "transfer", withdrawal, (_account(withdrawal, "processor_connected"), ours))
    calls.plan(uow, "payout", withdrawal.id)


def record_payout(uow: UnitOfWork, withdrawal_id: UUID, outcome: Done | Failed) -> None:
    """Note that the payout is on its way, or that the bank would not have it."""
    withdrawal = uow.get(Withdrawal, withdrawal_id, GONE, lock=True)
    if isinstance(outcome, Failed):
        withdrawal.failure = outcome.sentence
        _stick(uow, withdrawal)
        return
    WITHDRAWAL.move(withdrawal, WithdrawalState.SENT, at=uow.now)
    withdrawal.payout_ref = outcome.ref
    withdrawal.failure = ""


def settle(uow: UnitOfWork, seen: PayoutSeen) -> bool:
    """Bring a withdrawal up to what the processor shows; return False to be asked again later.

    A payout may be shown before our own call to it is recorded, and "paid" is not final.
    """
    withdrawal = uow.get(Withdrawal, seen.withdrawal, GONE, lock=True)
    if withdrawal.payout_ref != seen.ref:
        return calls.is_ours(uow, seen.ref)
    legs = (_account(withdrawal, "worker_in_transit"), _account(withdrawal, "processor_connected"))
    if seen.state == "paid" and withdrawal.state == WithdrawalState.SENT:
        WITHDRAWAL.move(withdrawal, WithdrawalState.PAID, at=uow.now)
        _post(uow, "payout_paid", withdrawal, legs, seen.ref)
        uow.tell(WithdrawalPaid(withdrawal.worker, withdrawal.id))
    # Between a failed payout and the next one the old one may be shown failed once more.
    if seen.state == "failed" and withdrawal.state in (WithdrawalState.SENT, WithdrawalState.PAID):
        if withdrawal.state == WithdrawalState.PAID:
            _post(uow, "payout_returned", withdrawal, legs[::-1], seen.ref)
        withdrawal.failure = seen.failure or SENT_BACK
        _stick(uow, withdrawal)
    return True


def _stick(uow: UnitOfWork, withdrawal: Withdrawal) -> None:
    WITHDRAWAL.move(withdrawal, WithdrawalState.STUCK, at=uow.now)
    if withdrawal.reversed_micros:
        reversals.follow(uow, withdrawal)
    else:
        uow.tell(WithdrawalStuck(withdrawal.worker, withdrawal.id))


def _refuse_second(uow: UnitOfWork, worker: UUID, currency: str) -> None:
    is_open = (
        Withdrawal.worker == worker,
        Withdrawal.currency == currency,
        Withdrawal.state.not_in(CLOSED),
    )
    if uow.session.scalar(select(Withdrawal.id).where(*is_open)):
        raise Conflict(
            "withdrawal_open", "Another withdrawal is on its way. Please wait until it has arrived."
        )


def _amount(withdrawal: Withdrawal) -> Money:
    return Money(withdrawal.micros, withdrawal.currency)


def _account(withdrawal: Withdrawal, kind: str) -> AccountKey:
    return accounts.worker(kind, withdrawal.worker, withdrawal.currency)


def _post(
    uow: UnitOfWork,
    kind: str,
    withdrawal: Withdrawal,
    legs: tuple[AccountKey, AccountKey],
    ref: str = "",
) -> None:
    """Post the whole amount: the first account is debited, the second credited."""
    moved = ledger.move(*legs, _amount(withdrawal))
    source = f"withdrawal:{withdrawal.id}"
    ledger.post(uow, Draft(kind, ref or str(withdrawal.id), moved, source))
