"""Chargebacks: card holders' objections, booked line by line as the processor moves the money."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from kernel.db import UnitOfWork
from payouts import accounts, ledger
from payouts.gateway import BalanceLine, ChargebackSeen
from payouts.ledger import Draft
from payouts.models import Deposit
from payouts.states import CHARGEBACK, ChargebackState
from payouts.webhooks.models import Chargeback

GONE = "This chargeback does not exist."


def settle(uow: UnitOfWork, seen: ChargebackSeen, began_at: datetime) -> bool:
    """Bring a chargeback up to what a look showed; book what moved our balance, each line once.

    An objection alone moves nothing; money does when the processor takes it or gives it back.
    """
    chargeback = _row(uow, seen, began_at)
    state = ChargebackState(seen.state)
    if began_at >= chargeback.seen_at and CHARGEBACK.allows(chargeback.state, state):
        CHARGEBACK.move(chargeback, state, at=uow.now)
    chargeback.seen_at = max(chargeback.seen_at, began_at)
    if chargeback.organisation is not None:
        drafts = [_draft(chargeback, line) for line in seen.lines if line.amount.micros]
        ledger.post_many(uow, drafts)
    return True


def _row(uow: UnitOfWork, seen: ChargebackSeen, began_at: datetime) -> Chargeback:
    """Return the row, locked; one for a charge that is no deposit of ours names no organisation."""
    deposit = uow.session.scalar(
        select(Deposit).where(Deposit.charge_ref == seen.charge_ref).with_for_update(key_share=True)
    )
    found = uow.session.get(Chargeback, seen.ref, with_for_update=True, populate_existing=True)
    if found is None:
        found = Chargeback(
            ref=seen.ref,
            charge_ref=seen.charge_ref,
            currency=seen.amount.currency,
            micros=seen.amount.micros,
            reason=seen.reason,
            state=CHARGEBACK.start,
            state_at=uow.now,
            created_at=uow.now,
            seen_at=began_at,
        )
        uow.session.add(found)
    if deposit is not None:
        found.deposit_id, found.organisation = deposit.id, deposit.organisation
    return found


def _draft(chargeback: Chargeback, line: BalanceLine) -> Draft:
    """Build one line's journal: what was taken is owed by the organisation, the fee is ours."""
    assert chargeback.organisation is not None
    currency = line.amount.currency
    owed = accounts.organisation("chargeback_receivable", chargeback.organisation, currency)
    ours = accounts.platform("processor_available", currency)
    cost = accounts.platform("dispute_cost", currency)
    legs = [
        (owed, -line.amount.micros),
        (cost, line.cost.micros),
        (ours, line.amount.micros - line.cost.micros),
    ]
    kind = "chargeback" if line.amount.micros < 0 else "chargeback_returned"
    moved = [(account, micros) for account, micros in legs if micros]
    return Draft(kind, line.ref, moved, f"chargeback:{chargeback.ref}")
