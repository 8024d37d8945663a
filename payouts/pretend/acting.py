"""What the pretend processor does when asked, and what moves there by itself, in its own book."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select

from kernel.db import UnitOfWork
from kernel.money import EXPONENTS, Money
from kernel.types import new_id
from payouts.gateway import (
    AccountLink,
    AccountOpening,
    AccountSeen,
    Ask,
    BalanceLine,
    CardRefund,
    Checkout,
    CheckoutSeen,
    Payout,
    PayoutSeen,
    RefundSeen,
    Reversal,
    Seen,
    TakenBack,
    Transfer,
    TransferSeen,
)
from payouts.pretend.models import PretendEvent, PretendLine, PretendObject

CLEARING_DAYS = 2
PAYOUT_DAYS = 1
WORLD = "world"
PENDING = "platform:pending"
AVAILABLE = "platform:available"
KINDS = {
    Checkout: ("cs", "Checkout"),
    Transfer: ("tr", "Transfer"),
    Payout: ("po", "Payout"),
    CardRefund: ("re", "CardRefund"),
    Reversal: ("trr", "Reversal"),
    AccountOpening: ("acct", "Account"),
}
EMPTY_PLATFORM = "balance_insufficient: The processor does not hold enough cleared money yet."
EMPTY_ACCOUNT = "balance_insufficient: The worker's account there is empty."
TOO_MUCH = "reversal_too_large: The transfer does not have that much left."


def perform(uow: UnitOfWork, ask: Ask, key: str) -> tuple[str | None, str]:
    """Do what is asked; return the new object's name, or None and why not."""
    assert not isinstance(ask, AccountLink), "a page that nobody keeps"
    prefix, kind = KINDS[type(ask)]
    amount = Money(0, "USD") if isinstance(ask, AccountOpening) else ask.amount
    thing = PretendObject(
        ref=f"{prefix}_{new_id().hex}",
        kind=kind,
        owner="",
        currency=amount.currency,
        minor=amount.micros // amount.minor_step,
        state="open",
        created_at=uow.now,
        due_at=None,
        body={"key": key},
    )
    if failure := _act(uow, ask, thing):
        return None, failure
    uow.session.add(thing)
    return thing.ref, ""


def pass_time(uow: UnitOfWork) -> None:
    """Move what moves by itself: charges clear, payouts reach the bank."""
    due = uow.session.scalars(
        select(PretendObject).where(PretendObject.due_at <= uow.now).order_by(PretendObject.due_at)
    ).all()
    for thing in due:
        if thing.state == "paid" and thing.kind == "Checkout":
            net = thing.minor - thing.body["cost"]
            book(uow, f"clear:{thing.ref}", thing.currency, (PENDING, -net))
            book(uow, f"clear:{thing.ref}", thing.currency, (AVAILABLE, net))
            change(uow, thing, "cleared", None)
        elif thing.state == "pending":
            change(uow, thing, "paid", None)


def change(
    uow: UnitOfWork, thing: PretendObject, state: str, due_at: datetime | None, **body: int
) -> None:
    """Move an object on and tell of it."""
    thing.state, thing.due_at = state, due_at
    if state == "paid":
        thing.body = {**thing.body, **body, "paid_at": uow.now.isoformat()}
    uow.session.add(
        PretendEvent(
            ref=f"evt_{new_id().hex}",
            kind=f"{thing.kind.lower()}.{state}",
            object_ref=thing.ref,
            at=uow.now,
        )
    )
    uow.session.flush()


def show(thing: PretendObject) -> Seen | None:
    """Show an object in the gateway's values."""
    whose, step = UUID(thing.owner), Money(0, thing.currency).minor_step
    amount = Money(thing.minor * step, thing.currency)
    if thing.kind == "Payout":
        return PayoutSeen(thing.ref, whose, thing.state)
    if thing.kind == "CardRefund":
        return RefundSeen(thing.ref, whose, thing.state)
    if thing.kind == "Account":
        return AccountSeen(thing.ref, "ready")
    if thing.kind == "Transfer":
        parts = [
            TakenBack(ref, Money(minor * step, thing.currency))
            for ref, minor in thing.body.get("reversals", ())
        ]
        return TransferSeen(thing.ref, whose, amount, tuple(parts))
    return _show_checkout(thing, amount) if thing.kind == "Checkout" else None


def _show_checkout(thing: PretendObject, amount: Money) -> CheckoutSeen:
    is_cleared = thing.state == "cleared"
    paid_at = thing.body.get("paid_at")
    clearing = timedelta(days=CLEARING_DAYS)
    return CheckoutSeen(
        ref=thing.ref,
        deposit=UUID(thing.owner),
        state="paid" if is_cleared else thing.state,
        amount=amount,
        cost=Money(thing.body.get("cost", 0) * amount.minor_step, thing.currency),
        charge_ref=charge_ref(thing.ref),
        available_on=datetime.fromisoformat(paid_at) + clearing if paid_at else None,
        is_cleared=is_cleared,
    )


def show_line(line: PretendLine, thing: PretendObject) -> BalanceLine:
    """Show one line of the company's book as a line of our balance."""
    step = Money(0, line.currency).minor_step
    is_paid_for = line.entry.startswith(("pay:", "chargeback:"))
    cost = thing.body.get("cost", 0) if is_paid_for else 0
    available_on = line.at + timedelta(days=CLEARING_DAYS if thing.kind == "Checkout" else 0)
    return BalanceLine(
        ref=f"txn_{line.id}",
        kind="charge" if thing.kind == "Checkout" else line.entry.partition(":")[0].lower(),
        source_ref=charge_ref(thing.ref),
        amount=Money((line.minor + cost) * step, line.currency),
        cost=Money(cost * step, line.currency),
        created_at=line.at,
        available_on=available_on,
        is_available=thing.kind != "Checkout" or thing.state == "cleared",
    )


def charge_ref(ref: str) -> str:
    """Name the charge that paid a checkout."""
    return ref.replace("cs_", "ch_", 1)


def cost_minor(minor: int, currency: str) -> int:
    """Return what this company takes of a charge: 2.9 % rounded half up, and 0.30 of a unit."""
    units: int = 10 ** EXPONENTS[currency]
    return (minor * 29 + 500) // 1_000 + 30 * units // 100


def move(uow: UnitOfWork, thing: PretendObject, entry: str, source: str, target: str) -> None:
    """Book an object's whole amount from one account to another."""
    book(uow, entry, thing.currency, (source, -thing.minor))
    book(uow, entry, thing.currency, (target, thing.minor))


def book(uow: UnitOfWork, entry: str, currency: str, line: tuple[str, int]) -> None:
    """Write one line of the book."""
    account, minor = line
    uow.session.execute(
        insert(PretendLine).values(
            entry=entry, account=account, currency=currency, minor=minor, at=uow.now
        )
    )


def held_minor(uow: UnitOfWork, account: str, currency: str) -> int:
    """Add up what an account holds, in minor units."""
    total = select(func.coalesce(func.sum(PretendLine.minor), 0)).where(
        PretendLine.account == account, PretendLine.currency == currency
    )
    return int(uow.session.scalar(total) or 0)


def _act(uow: UnitOfWork, ask: Ask, thing: PretendObject) -> str:
    """Move what an ask moves; return why not, if it cannot."""
    match ask:
        case Checkout():
            thing.owner = str(ask.deposit)
            thing.body = {**thing.body, "return_url": ask.return_url}
        case Transfer():
            if held_minor(uow, AVAILABLE, thing.currency) < thing.minor:
                return EMPTY_PLATFORM
            thing.owner, thing.state = str(ask.withdrawal), "done"
            thing.body = {**thing.body, "worker": str(ask.worker)}
            move(uow, thing, f"transfer:{thing.ref}", AVAILABLE, f"connected:{ask.worker}")
        case Payout():
            if held_minor(uow, f"connected:{ask.worker}", thing.currency) < thing.minor:
                return EMPTY_ACCOUNT
            thing.owner, thing.state = str(ask.withdrawal), "pending"
            thing.body = {**thing.body, "worker": str(ask.worker)}
            thing.due_at = uow.now + timedelta(days=PAYOUT_DAYS)
            move(uow, thing, f"payout:{thing.ref}", f"connected:{ask.worker}", WORLD)
        case CardRefund():
            if held_minor(uow, AVAILABLE, thing.currency) < thing.minor:
                return EMPTY_PLATFORM
            thing.owner, thing.state = str(ask.refund), "accepted"
            move(uow, thing, f"refund:{thing.ref}", AVAILABLE, WORLD)
        case Reversal():
            return _take_back(uow, ask, thing)
        case AccountOpening():
            thing.owner, thing.state = str(ask.worker), "ready"
    return ""


def _take_back(uow: UnitOfWork, ask: Reversal, thing: PretendObject) -> str:
    transfer = uow.get(PretendObject, ask.transfer_ref, "There is no such transfer.", lock=True)
    parts = [*transfer.body.get("reversals", ()), (thing.ref, thing.minor)]
    account = f"connected:{transfer.body['worker']}"
    if sum(minor for _, minor in parts) > transfer.minor:
        return TOO_MUCH
    if held_minor(uow, account, thing.currency) < thing.minor:
        return EMPTY_ACCOUNT
    transfer.body = {**transfer.body, "reversals": parts}
    thing.owner, thing.state = str(ask.withdrawal), "done"
    move(uow, thing, f"reversal:{thing.ref}", account, AVAILABLE)
    change(uow, transfer, "reversed", None)
    return ""
