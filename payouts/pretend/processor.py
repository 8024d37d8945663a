"""The pretend processor at work: checkouts, transfers, payouts, refunds and its own book."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, text

from kernel.db import Database, UnitOfWork
from kernel.errors import Conflict
from kernel.money import EXPONENTS, Money
from kernel.types import new_id
from payouts.gateway import (
    Ask,
    CardRefund,
    Checkout,
    CheckoutSeen,
    Done,
    Event,
    Failed,
    Outcome,
    Payout,
    PayoutSeen,
    RefundSeen,
    Seen,
    Transfer,
)
from payouts.pretend.models import PretendEvent, PretendKey, PretendLine, PretendObject

CLEARING_DAYS = 2
PAYOUT_DAYS = 1
KEY_HOURS = 24
EVENTS_MAX = 100
GONE = "The pretend processor has no such object."
WORLD = "world"
PENDING = "platform:pending"
AVAILABLE = "platform:available"
PREFIX = {Checkout: "cs", Transfer: "tr", Payout: "po", CardRefund: "re"}


class Pretend:
    """Play an outside company: own sessions, own commits, own double-entry book in minor units."""

    def __init__(self, database: Database, public_url: str) -> None:
        self._database = database
        self._public_url = public_url.rstrip("/")

    def send(self, ask: Ask, key: str) -> Outcome:
        """Do what is asked, once per key; the same key again answers as the first time."""
        with self._database.unit_of_work() as uow:
            _lock(uow)
            _forget_keys(uow)
            asked = hashlib.sha256(repr(ask).encode()).hexdigest()
            seen = uow.session.get(PretendKey, key)
            if seen is not None and seen.asked != asked:
                raise Conflict("key_reused", "This key was used for something else.")
            if seen is not None:
                return self._answer(seen.object_ref, seen.failure)
            ref, failure = _perform(uow, ask, key)
            uow.session.add(
                PretendKey(key=key, asked=asked, object_ref=ref, failure=failure, at=uow.now)
            )
        return self._answer(ref, failure)

    def find(self, _ask: Ask, key: str) -> Done | None:
        """Look an object up by the key it was made with, however long ago."""
        with self._database.unit_of_work() as uow:
            ref = uow.session.scalar(
                select(PretendObject.ref).where(PretendObject.body["key"].astext == key)
            )
        return None if ref is None else Done(ref, self._url(ref))

    def events(self, after: str | None) -> Sequence[Event]:
        """Let time pass, then tell what happened since an event."""
        with self._database.unit_of_work() as uow:
            _lock(uow)
            _pass_time(uow)
            known = select(PretendEvent.position).where(PretendEvent.ref == after)
            rows = uow.session.scalars(
                select(PretendEvent)
                .where(PretendEvent.position > func.coalesce(known.scalar_subquery(), 0))
                .order_by(PretendEvent.position)
                .limit(EVENTS_MAX)
            )
            return [Event(row.ref, row.kind, row.object_ref) for row in rows]

    def read(self, ref: str) -> Seen | None:
        """Show an object as it is now."""
        with self._database.unit_of_work() as uow:
            return _show(uow.get(PretendObject, ref, GONE))

    def checkout(self, ref: str) -> CheckoutSeen:
        """Show a checkout to the person who pays on its page."""
        seen = self.read(ref)
        if not isinstance(seen, CheckoutSeen):
            raise Conflict("no_checkout", "There is nothing to pay here.")
        return seen

    def return_url(self, ref: str) -> str:
        """Return where the browser goes after a checkout."""
        with self._database.unit_of_work() as uow:
            return str(uow.get(PretendObject, ref, GONE).body["return_url"])

    def pay(self, ref: str) -> None:
        """Let a person pay a checkout with a card that works; paying twice pays once."""
        with self._database.unit_of_work() as uow:
            _lock(uow)
            thing = uow.get(PretendObject, ref, GONE, lock=True)
            if thing.state != "open":
                return
            cost = _cost_minor(thing.minor, thing.currency)
            _change(uow, thing, "paid", uow.now + timedelta(days=CLEARING_DAYS), cost=cost)
            _book(uow, f"pay:{ref}", thing.currency, (WORLD, -thing.minor + cost))
            _book(uow, f"pay:{ref}", thing.currency, (PENDING, thing.minor - cost))

    def abandon(self, ref: str) -> None:
        """Let a checkout expire unpaid."""
        with self._database.unit_of_work() as uow:
            thing = uow.get(PretendObject, ref, GONE, lock=True)
            if thing.state == "open":
                _change(uow, thing, "expired", None)

    def bounce(self, ref: str) -> None:
        """Let a bank send back a payout or a refund, even one it had taken."""
        with self._database.unit_of_work() as uow:
            _lock(uow)
            thing = uow.get(PretendObject, ref, GONE, lock=True)
            if thing.state == "failed":
                return
            back = AVAILABLE if thing.kind == "CardRefund" else f"connected:{thing.body['worker']}"
            _move(uow, thing, f"bounce:{ref}", WORLD, back)
            _change(uow, thing, "failed", None)

    def held(self, account: str, currency: str) -> Money:
        """Return what one of its own accounts holds: an oracle for our books."""
        with self._database.unit_of_work() as uow:
            minor = _held_minor(uow, account, currency)
        return Money(minor * Money(0, currency).minor_step, currency)

    def _answer(self, ref: str | None, failure: str) -> Outcome:
        if ref is None:
            code, _, sentence = failure.partition(": ")
            return Failed(code, sentence)
        return Done(ref, self._url(ref))

    def _url(self, ref: str) -> str:
        return f"{self._public_url}/pretend/checkout/{ref}" if ref.startswith("cs_") else ""


def _lock(uow: UnitOfWork) -> None:
    """Serve one customer at a time: this company is small."""
    uow.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('pretend processor'))"))


def _forget_keys(uow: UnitOfWork) -> None:
    uow.session.execute(
        text("DELETE FROM pretend_keys WHERE at < :before"),
        {"before": uow.now - timedelta(hours=KEY_HOURS)},
    )


def _perform(uow: UnitOfWork, ask: Ask, key: str) -> tuple[str | None, str]:
    ref = f"{PREFIX[type(ask)]}_{new_id().hex}"
    minor = ask.amount.micros // ask.amount.minor_step
    thing = PretendObject(
        ref=ref,
        kind=type(ask).__name__,
        owner="",
        currency=ask.amount.currency,
        minor=minor,
        state="open",
        created_at=uow.now,
        due_at=None,
        body={"key": key},
    )
    match ask:
        case Checkout(deposit=deposit, return_url=return_url):
            thing.owner, thing.body = str(deposit), {"key": key, "return_url": return_url}
        case Transfer(withdrawal=withdrawal, worker=worker):
            if _held_minor(uow, AVAILABLE, thing.currency) < minor:
                return None, "balance_insufficient: The processor does not hold enough money yet."
            thing.owner, thing.state = str(withdrawal), "done"
            _move(uow, thing, ref, AVAILABLE, f"connected:{worker}")
        case Payout(withdrawal=withdrawal, worker=worker):
            if _held_minor(uow, f"connected:{worker}", thing.currency) < minor:
                return None, "balance_insufficient: The worker's account there is empty."
            thing.owner, thing.state = str(withdrawal), "pending"
            thing.body = {"key": key, "worker": str(worker)}
            thing.due_at = uow.now + timedelta(days=PAYOUT_DAYS)
            _move(uow, thing, ref, f"connected:{worker}", WORLD)
        case CardRefund(refund=refund):
            if _held_minor(uow, AVAILABLE, thing.currency) < minor:
                return None, "balance_insufficient: The processor does not hold enough money yet."
            thing.owner, thing.state = str(refund), "accepted"
            _move(uow, thing, ref, AVAILABLE, WORLD)
    uow.session.add(thing)
    return ref, ""


def _pass_time(uow: UnitOfWork) -> None:
    """Move what moves by itself: charges clear, payouts reach the bank."""
    due = uow.session.scalars(
        select(PretendObject).where(PretendObject.due_at <= uow.now).order_by(PretendObject.due_at)
    ).all()
    for thing in due:
        if thing.state == "paid" and thing.kind == "Checkout":
            net = thing.minor - thing.body["cost"]
            _book(uow, f"clear:{thing.ref}", thing.currency, (PENDING, -net))
            _book(uow, f"clear:{thing.ref}", thing.currency, (AVAILABLE, net))
            _change(uow, thing, "cleared", None)
        elif thing.state == "pending":
            _change(uow, thing, "paid", None)


def _change(
    uow: UnitOfWork, thing: PretendObject, state: str, due_at: datetime | None, **body: int
) -> None:
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


def _show(thing: PretendObject) -> Seen | None:
    whose, step = UUID(thing.owner), Money(0, thing.currency).minor_step
    if thing.kind == "Payout":
        return PayoutSeen(thing.ref, whose, thing.state)
    if thing.kind == "CardRefund":
        return RefundSeen(thing.ref, whose, thing.state)
    if thing.kind != "Checkout":
        return None
    is_cleared = thing.state == "cleared"
    paid_at = thing.body.get("paid_at")
    clearing = timedelta(days=CLEARING_DAYS)
    return CheckoutSeen(
        ref=thing.ref,
        deposit=whose,
        state="paid" if is_cleared else thing.state,
        amount=Money(thing.minor * step, thing.currency),
        cost=Money(thing.body.get("cost", 0) * step, thing.currency),
        charge_ref=thing.ref.replace("cs_", "ch_", 1),
        available_on=datetime.fromisoformat(paid_at) + clearing if paid_at else None,
        is_cleared=is_cleared,
    )


def _cost_minor(minor: int, currency: str) -> int:
    """Return what this company takes of a charge: 2.9 % rounded half up, and 0.30 of a unit."""
    units: int = 10 ** EXPONENTS[currency]
    return (minor * 29 + 500) // 1_000 + 30 * units // 100


def _move(uow: UnitOfWork, thing: PretendObject, entry: str, source: str, target: str) -> None:
    _book(uow, entry, thing.currency, (source, -thing.minor))
    _book(uow, entry, thing.currency, (target, thing.minor))


def _book(uow: UnitOfWork, entry: str, currency: str, line: tuple[str, int]) -> None:
    account, minor = line
    uow.session.execute(
        insert(PretendLine).values(
            entry=entry, account=account, currency=currency, minor=minor, at=uow.now
        )
    )


def _held_minor(uow: UnitOfWork, account: str, currency: str) -> int:
    total = select(func.coalesce(func.sum(PretendLine.minor), 0)).where(
        PretendLine.account == account, PretendLine.currency == currency
    )
    return int(uow.session.scalar(total) or 0)
