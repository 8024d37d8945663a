"""Refunds: unspent money of an organisation going back to the cards it came from."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.money import Money
from kernel.types import new_id
from payouts import accounts, ledger
from payouts.accounts import AccountKey
from payouts.events import RefundFailed
from payouts.gateway import CardRefund, Done, Failed, RefundSeen
from payouts.ledger import Draft
from payouts.models import Deposit, Refund
from payouts.recovery import freezing
from payouts.states import REFUND, DepositState, RefundState
from payouts.transit import calls

GONE = "This refund does not exist."


def request(uow: UnitOfWork, organisation: UUID, amount: Money) -> list[Refund]:
    """Send unspent money back, newest charge first, up to what each charge has left."""
    if amount.micros <= 0 or amount != amount.whole_minor:
        raise Refused(
            "amount_not_whole", f"Cards take whole amounts, such as {amount.whole_minor}."
        )
    freezing.check(uow, organisation)
    charges = _charges(uow, organisation, amount.currency)
    left = Money(sum(c.micros - c.refunded_micros for c in charges), amount.currency)
    free = accounts.organisation("organisation_available", organisation, amount.currency)
    held = ledger.balance(uow, free, lock=True)
    if amount > held:
        raise Refused("refund_above_balance", f"Your organisation has {held} that is not spent.")
    if amount > left:
        raise Refused("refund_above_charges", f"Your cards can take back up to {left}.")
    refunds, due = [], amount.micros
    for charge in charges:
        part = min(due, charge.micros - charge.refunded_micros)
        if part:
            refunds.append(_start(uow, charge, part))
            due -= part
    return refunds


def ask(uow: UnitOfWork, refund_id: UUID) -> CardRefund:
    """Build the request for one charge's refund."""
    refund = uow.get(Refund, refund_id, GONE)
    charge = uow.get(Deposit, refund.deposit_id, "This deposit does not exist.")
    return CardRefund(refund.id, str(charge.charge_ref), Money(refund.micros, refund.currency))


def record(uow: UnitOfWork, refund_id: UUID, outcome: Done | Failed) -> None:
    """Book that the card takes the money, or give it back to the organisation."""
    refund = uow.get(Refund, refund_id, GONE, lock=True)
    in_transit = _account(refund, "refund_in_transit")
    if isinstance(outcome, Failed):
        REFUND.move(refund, RefundState.FAILED, at=uow.now)
        _post(uow, "refund_failed", refund, in_transit, _account(refund, "organisation_available"))
        _give_back(uow, refund)
        return
    REFUND.move(refund, RefundState.ACCEPTED, at=uow.now)
    refund.remote_ref = outcome.ref
    ours = accounts.platform("processor_available", refund.currency)
    _post(uow, "refund_accepted", refund, in_transit, ours)


def settle(uow: UnitOfWork, seen: RefundSeen) -> bool:
    """Bring a refund up to what the processor shows; return False to be asked again later."""
    refund = uow.get(Refund, seen.refund, GONE, lock=True)
    if refund.state == RefundState.REQUESTED:
        return False
    if seen.state == "failed" and refund.state == RefundState.ACCEPTED:
        REFUND.move(refund, RefundState.RETURNED, at=uow.now)
        ours = accounts.platform("processor_available", refund.currency)
        _post(uow, "refund_returned", refund, ours, _account(refund, "organisation_available"))
        _give_back(uow, refund)
    return True


def _charges(uow: UnitOfWork, organisation: UUID, currency: str) -> Sequence[Deposit]:
    """Lock and return the charges that have something left, newest first."""
    return uow.session.scalars(
        select(Deposit)
        .where(
            Deposit.organisation == organisation,
            Deposit.currency == currency,
            Deposit.state.in_((DepositState.PAID, DepositState.CLEARED)),
            Deposit.refunded_micros < Deposit.micros,
        )
        .order_by(Deposit.paid_at.desc(), Deposit.id.desc())
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def _start(uow: UnitOfWork, charge: Deposit, micros: int) -> Refund:
    refund = Refund(
        id=new_id(),
        deposit_id=charge.id,
        organisation=charge.organisation,
        currency=charge.currency,
        micros=micros,
        state=REFUND.start,
        state_at=uow.now,
        created_at=uow.now,
    )
    uow.session.add(refund)
    charge.refunded_micros += micros
    free = _account(refund, "organisation_available")
    _post(uow, "refund", refund, free, _account(refund, "refund_in_transit"))
    calls.plan(uow, "refund", refund.id)
    return refund


def _give_back(uow: UnitOfWork, refund: Refund) -> None:
    charge = uow.get(Deposit, refund.deposit_id, "This deposit does not exist.", lock=True)
    charge.refunded_micros -= refund.micros
    uow.tell(RefundFailed(refund.organisation, refund.id))


def _account(refund: Refund, kind: str) -> AccountKey:
    return accounts.organisation(kind, refund.organisation, refund.currency)


def _post(
    uow: UnitOfWork, kind: str, refund: Refund, debited: AccountKey, credited: AccountKey
) -> None:
    legs = ledger.move(debited, credited, Money(refund.micros, refund.currency))
    ledger.post(uow, Draft(kind, str(refund.id), legs, f"refund:{refund.id}"))
