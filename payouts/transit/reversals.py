"""Money of a withdrawal that comes back to us from a worker's account, at our word or another's."""

from __future__ import annotations

from uuid import UUID

from kernel.db import UnitOfWork
from kernel.money import Money
from payouts import accounts, ledger
from payouts.events import WithdrawalRecalled
from payouts.gateway import Done, Failed, Reversal, TakenBack, TransferSeen
from payouts.ledger import Draft
from payouts.models import Withdrawal
from payouts.states import WITHDRAWAL, WithdrawalState
from payouts.transit import calls, releases

TOO_LATE = "Your bank did not take the money in time. It is in your balance again."
SENT_BACK = "The payment company gave the money back. It is in your balance again."


def recall(uow: UnitOfWork, withdrawal_id: UUID) -> None:
    """Ask the processor to give back what waits in the worker's connected account."""
    withdrawal = uow.get(Withdrawal, withdrawal_id, releases.GONE, lock=True)
    WITHDRAWAL.move(withdrawal, WithdrawalState.RECALLING, at=uow.now)
    calls.plan(uow, "reversal", withdrawal.id)


def ask(uow: UnitOfWork, withdrawal_id: UUID) -> Reversal:
    """Build the request for the way back of what has not come back yet."""
    withdrawal = uow.get(Withdrawal, withdrawal_id, releases.GONE)
    return Reversal(withdrawal.id, str(withdrawal.transfer_ref), _left(withdrawal))


def record(uow: UnitOfWork, withdrawal_id: UUID, outcome: Done | Failed) -> None:
    """Book that the money is with us and the worker again, or that it still waits there."""
    withdrawal = uow.get(Withdrawal, withdrawal_id, releases.GONE, lock=True)
    if isinstance(outcome, Failed):
        withdrawal.failure = outcome.sentence
        WITHDRAWAL.move(withdrawal, WithdrawalState.STUCK, at=uow.now)
        return
    _book(uow, withdrawal, TakenBack(outcome.ref, _left(withdrawal)))
    _give_back(uow, withdrawal, TOO_LATE)


def settle(uow: UnitOfWork, seen: TransferSeen) -> bool:
    """Book what came back of a transfer, each part once; return False to be asked again later.

    While a call of our own is under way, what it did is not told from what others did.
    """
    withdrawal = uow.get(Withdrawal, seen.withdrawal, releases.GONE, lock=True)
    if withdrawal.transfer_ref != seen.ref:
        return calls.is_ours(uow, seen.ref)
    if withdrawal.state == WithdrawalState.RECALLING:
        return False
    for part in seen.reversals:
        _book(uow, withdrawal, part)
    if withdrawal.state == WithdrawalState.STUCK:
        follow(uow, withdrawal)
    return True


def follow(uow: UnitOfWork, withdrawal: Withdrawal) -> None:
    """Go on with a stuck withdrawal of which something came back: seek the rest, or give all back.

    One that is on its way to the bank, or there, goes its way: what came back meanwhile is owed to
    the processor by the worker's account, and the books show that account below zero.
    """
    if withdrawal.reversed_micros == withdrawal.micros:
        _give_back(uow, withdrawal, SENT_BACK)
    elif withdrawal.reversed_micros:
        recall(uow, withdrawal.id)


def _book(uow: UnitOfWork, withdrawal: Withdrawal, part: TakenBack) -> None:
    """Book that a part is in our own balance again, by its own name there."""
    legs = [
        (accounts.platform("processor_available", withdrawal.currency), part.amount.micros),
        (
            accounts.worker("processor_connected", withdrawal.worker, withdrawal.currency),
            -part.amount.micros,
        ),
    ]
    draft = Draft("transfer_reversed", part.ref, legs, f"withdrawal:{withdrawal.id}")
    if ledger.post_many(uow, [draft])[0].is_new:
        withdrawal.reversed_micros += part.amount.micros


def _give_back(uow: UnitOfWork, withdrawal: Withdrawal, why: str) -> None:
    """Let the whole amount be the worker's to withdraw again."""
    WITHDRAWAL.move(withdrawal, WithdrawalState.FAILED, at=uow.now)
    withdrawal.failure = why
    legs = ledger.move(
        accounts.worker("worker_in_transit", withdrawal.worker, withdrawal.currency),
        accounts.worker("worker_available", withdrawal.worker, withdrawal.currency),
        Money(withdrawal.micros, withdrawal.currency),
    )
    source = f"withdrawal:{withdrawal.id}"
    ledger.post(uow, Draft("withdraw_failed", str(withdrawal.id), legs, source))
    uow.tell(WithdrawalRecalled(withdrawal.worker, withdrawal.id))


def _left(withdrawal: Withdrawal) -> Money:
    return Money(withdrawal.micros - withdrawal.reversed_micros, withdrawal.currency)
