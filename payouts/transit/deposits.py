"""Deposits: money arriving from an organisation's card, from intent to cleared."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.money import MICROS_PER_UNIT, Money
from kernel.types import new_id
from payouts import accounts, ledger
from payouts.events import DepositPaid
from payouts.gateway import Checkout, CheckoutSeen, Done, Failed
from payouts.ledger import Draft
from payouts.models import Deposit
from payouts.states import DEPOSIT, DepositState
from payouts.transit import calls

UNITS_MIN = {"USD": 5, "EUR": 5, "GBP": 5, "JPY": 500}
UNITS_MAX = {"USD": 100_000, "EUR": 100_000, "GBP": 100_000, "JPY": 10_000_000}
# The first money of a stranger may be a stolen card's: what it pays waits this long.
NEW_ORGANISATION_DAYS = 7
RETURN_URL_MAX = 500


def start(uow: UnitOfWork, organisation: UUID, amount: Money, return_url: str) -> Deposit:
    """Write down that an organisation wants to pay in, and ask for a page to pay on."""
    least = Money(UNITS_MIN[amount.currency] * MICROS_PER_UNIT, amount.currency)
    most = Money(UNITS_MAX[amount.currency] * MICROS_PER_UNIT, amount.currency)
    if not least <= amount <= most:
        raise Refused("deposit_out_of_range", f"A deposit is between {least} and {most}.")
    if amount != amount.whole_minor:
        raise Refused("amount_not_whole", f"Cards pay whole amounts, such as {amount.whole_minor}.")
    if len(return_url) > RETURN_URL_MAX:
        raise Refused("address_too_long", "The address to return to is too long.")
    deposit = Deposit(
        id=new_id(),
        organisation=organisation,
        currency=amount.currency,
        micros=amount.micros,
        state=DEPOSIT.start,
        state_at=uow.now,
        created_at=uow.now,
        return_url=return_url,
    )
    uow.session.add(deposit)
    calls.plan(uow, "checkout", deposit.id)
    return deposit


def ask(uow: UnitOfWork, deposit_id: UUID) -> Checkout:
    """Build the request for the page on which a deposit is paid."""
    deposit = uow.get(Deposit, deposit_id, "This deposit does not exist.")
    return Checkout(deposit.id, Money(deposit.micros, deposit.currency), deposit.return_url)


def record(uow: UnitOfWork, deposit_id: UUID, outcome: Done | Failed) -> None:
    """Keep the page's address, or note that there will be none."""
    deposit = uow.get(Deposit, deposit_id, "This deposit does not exist.", lock=True)
    if isinstance(outcome, Failed):
        DEPOSIT.move(deposit, DepositState.FAILED, at=uow.now)
        return
    deposit.checkout_ref, deposit.checkout_url = outcome.ref, outcome.url
    if deposit.state == DepositState.STARTED:
        DEPOSIT.move(deposit, DepositState.OPEN, at=uow.now)


def settle(uow: UnitOfWork, seen: CheckoutSeen) -> bool:
    """Bring a deposit up to what the processor shows; return True: nothing is left to wait for."""
    deposit = uow.get(Deposit, seen.deposit, "This deposit does not exist.", lock=True)
    if seen.state == "expired" and deposit.state == DepositState.OPEN:
        DEPOSIT.move(deposit, DepositState.EXPIRED, at=uow.now)
    if seen.state == "paid" and deposit.state in DEPOSIT.leading_to(DepositState.PAID):
        _receive(uow, deposit, seen)
    if seen.is_cleared and deposit.state == DepositState.PAID:
        _clear(uow, deposit)
    return True


def clears_at(uow: UnitOfWork, organisation: UUID, currency: str) -> datetime:
    """Return when all money of an organisation that is here now will have matured."""
    latest = uow.session.scalar(
        select(func.max(Deposit.matures_at)).where(
            Deposit.organisation == organisation, Deposit.currency == currency
        )
    )
    return max(latest or uow.now, uow.now)


def _receive(uow: UnitOfWork, deposit: Deposit, seen: CheckoutSeen) -> None:
    """Credit the gross amount; the processor's cost is ours."""
    if seen.amount != Money(deposit.micros, deposit.currency) or seen.available_on is None:
        raise ValueError(f"Deposit {deposit.id} was paid with {seen.amount}.")
    is_new = not uow.session.scalar(
        select(Deposit.id)
        .where(
            Deposit.organisation == deposit.organisation,
            Deposit.paid_at <= uow.now - timedelta(days=NEW_ORGANISATION_DAYS),
        )
        .limit(1)
    )
    held_until = uow.now + timedelta(days=NEW_ORGANISATION_DAYS if is_new else 0)
    DEPOSIT.move(deposit, DepositState.PAID, at=uow.now)
    deposit.charge_ref, deposit.cost_micros = seen.charge_ref, seen.cost.micros
    deposit.paid_at, deposit.available_on = uow.now, seen.available_on
    deposit.matures_at = max(seen.available_on, held_until)
    pending = accounts.platform("processor_pending", deposit.currency)
    available = accounts.organisation(
        "organisation_available", deposit.organisation, deposit.currency
    )
    legs = [(pending, deposit.micros), (available, -deposit.micros)]
    drafts = [Draft("deposit", seen.charge_ref, legs, f"deposit:{deposit.id}")]
    if seen.cost.micros:
        cost = accounts.platform("processing_cost", deposit.currency)
        legs = [(cost, seen.cost.micros), (pending, -seen.cost.micros)]
        drafts.append(Draft("processing_cost", seen.charge_ref, legs, f"deposit:{deposit.id}"))
    ledger.post_many(uow, drafts)
    uow.tell(DepositPaid(deposit.organisation, deposit.id))


def _clear(uow: UnitOfWork, deposit: Deposit) -> None:
    DEPOSIT.move(deposit, DepositState.CLEARED, at=uow.now)
    net = deposit.micros - deposit.cost_micros
    legs = [
        (accounts.platform("processor_available", deposit.currency), net),
        (accounts.platform("processor_pending", deposit.currency), -net),
    ]
    ledger.post(uow, Draft("clear", str(deposit.charge_ref), legs, f"deposit:{deposit.id}"))
