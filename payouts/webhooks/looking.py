"""Looking again: whatever is unfinished is read anew, in case nobody told us how it went on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import literal, or_, select

from kernel.db import UnitOfWork
from payouts.models import Deposit, PayoutAccount, Refund, Withdrawal
from payouts.states import AccountState, DepositState, RefundState, WithdrawalState
from payouts.webhooks import noting

LOOKS_MAX = 200
EVERY_SECONDS = 3_600
# A page to pay on lives for a day; a bank may send money back for a week and more.
CHECKOUT_DAYS = 2
RETURN_DAYS = 14
UNSURE = (AccountState.INCOMPLETE, AccountState.CHECKING, AccountState.RESTRICTED)


def look_again(uow: UnitOfWork) -> int:
    """Hint at everything that may have moved unheard; return at how much.

    Nobody is told that a charge has cleared, so paid deposits are looked at from the day they
    should have.
    """
    found = 0
    for ref, account in _unfinished(uow):
        if ref:
            noting.look_at(uow, ref, account or "", EVERY_SECONDS)
            found += 1
    return found


def _unfinished(uow: UnitOfWork) -> Iterator[tuple[str | None, str | None]]:
    """Walk what may have moved, by its name there and the connected account it is in."""
    young = Deposit.created_at > uow.now - timedelta(days=CHECKOUT_DAYS)
    lately = uow.now - timedelta(days=RETURN_DAYS)
    none = literal("")
    under_way = or_(
        Withdrawal.state == WithdrawalState.SENT,
        (Withdrawal.state == WithdrawalState.PAID) & (Withdrawal.state_at > lately),
    )
    for query in (
        select(Deposit.checkout_ref, none).where(
            or_(
                (Deposit.state == DepositState.OPEN) & young,
                (Deposit.state == DepositState.PAID) & (Deposit.available_on <= uow.now),
            )
        ),
        select(Withdrawal.payout_ref, Withdrawal.account_ref).where(under_way),
        select(Withdrawal.transfer_ref, none).where(
            or_(Withdrawal.state == WithdrawalState.STUCK, under_way)
        ),
        select(Refund.remote_ref, none).where(
            Refund.state == RefundState.ACCEPTED, Refund.state_at > lately
        ),
        select(PayoutAccount.account_ref, none).where(PayoutAccount.state.in_(UNSURE)),
    ):
        yield from uow.session.execute(query.limit(LOOKS_MAX))
