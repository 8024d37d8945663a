"""What follows from an object at the processor as it is now: one table, kind by kind."""

from __future__ import annotations

from datetime import datetime

from kernel.db import UnitOfWork
from payouts import onboarding
from payouts.gateway import (
    AccountSeen,
    ChargebackSeen,
    CheckoutSeen,
    PayoutSeen,
    RefundSeen,
    Seen,
    TransferSeen,
)
from payouts.recovery import chargebacks
from payouts.transit import deposits, refunds, reversals, withdrawals


def apply(uow: UnitOfWork, seen: Seen, began_at: datetime) -> bool:
    """Bring our rows up to what was seen; return False to be asked again later.

    `began_at` is when the look began: an older look never undoes what a newer one showed.
    """
    match seen:
        case CheckoutSeen():
            return deposits.settle(uow, seen)
        case PayoutSeen():
            return withdrawals.settle(uow, seen)
        case RefundSeen():
            return refunds.settle(uow, seen)
        case ChargebackSeen():
            return chargebacks.settle(uow, seen, began_at)
        case AccountSeen():
            return onboarding.settle(uow, seen, began_at)
        case TransferSeen():
            return reversals.settle(uow, seen)
