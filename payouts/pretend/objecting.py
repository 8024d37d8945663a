"""Card holders of the pretend company who object, and how their bank decides."""

from __future__ import annotations

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.money import MICROS_PER_UNIT, Money
from kernel.types import new_id
from payouts.gateway import ChargebackSeen
from payouts.pretend import acting
from payouts.pretend.models import PretendLine, PretendObject

COST_UNITS = 15


def start(uow: UnitOfWork, checkout: PretendObject, minor: int) -> PretendObject:
    """Let a card holder object to a charge: the bank takes the money and a price at once."""
    cost = Money(COST_UNITS * MICROS_PER_UNIT, checkout.currency)
    thing = PretendObject(
        ref=f"dp_{new_id().hex}",
        kind="Chargeback",
        owner=acting.charge_ref(checkout.ref),
        currency=checkout.currency,
        minor=minor,
        state="open",
        created_at=uow.now,
        due_at=None,
        body={"cost": cost.micros // cost.minor_step},
    )
    uow.session.add(thing)
    _book(uow, f"chargeback:{thing.ref}", thing, -minor - thing.body["cost"])
    acting.change(uow, thing, "open", None)
    return thing


def decide(uow: UnitOfWork, thing: PretendObject, *, is_won: bool) -> None:
    """Let the bank decide: a won one gives the money back, the price stays gone."""
    if is_won and thing.state != "won":
        _book(uow, f"returned:{thing.ref}", thing, thing.minor)
    acting.change(uow, thing, "won" if is_won else "lost", None)


def show(uow: UnitOfWork, thing: PretendObject) -> ChargebackSeen:
    """Show an objection and how it moved our balance."""
    lines = uow.session.scalars(
        select(PretendLine)
        .where(
            PretendLine.entry.in_((f"chargeback:{thing.ref}", f"returned:{thing.ref}")),
            PretendLine.account == acting.AVAILABLE,
        )
        .order_by(PretendLine.id)
    )
    return ChargebackSeen(
        ref=thing.ref,
        charge_ref=thing.owner,
        state=thing.state,
        reason="fraudulent",
        amount=Money(thing.minor * Money(0, thing.currency).minor_step, thing.currency),
        lines=tuple(acting.show_line(line, thing) for line in lines),
    )


def _book(uow: UnitOfWork, entry: str, thing: PretendObject, minor: int) -> None:
    acting.book(uow, entry, thing.currency, (acting.AVAILABLE, minor))
    acting.book(uow, entry, thing.currency, (acting.WORLD, -minor))
