"""The pretend processor as the gateway sees it: keys, events, a checkout page and its own book."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from kernel.db import Database, UnitOfWork
from kernel.errors import Conflict, Missing
from kernel.money import EXPONENTS, Money
from kernel.types import new_id
from payouts.gateway import (
    AccountLink,
    Ask,
    BalanceLine,
    CheckoutSeen,
    Done,
    Door,
    Event,
    Failed,
    Held,
    Outcome,
    Seen,
)
from payouts.pretend import acting, objecting
from payouts.pretend.acting import AVAILABLE, CLEARING_DAYS, PENDING, WORLD
from payouts.pretend.models import PretendEvent, PretendKey, PretendLine, PretendObject

KEY_HOURS = 24
EVENTS_MAX = 100
LINES_MAX = 1_000
GONE = "The pretend processor has no such object."


class Pretend:
    """Play an outside company: own sessions, own commits, own double-entry book in minor units."""

    is_live = False
    pause_seconds = 0

    def __init__(self, database: Database, public_url: str) -> None:
        self._database = database
        self._public_url = public_url.rstrip("/")

    def send(self, ask: Ask, key: str) -> Outcome:
        """Do what is asked, once per key; the same key again answers as the first time."""
        if isinstance(ask, AccountLink):  # this company asks nobody who they are
            return Done(key, ask.return_url)
        with self._database.unit_of_work() as uow:
            _lock(uow)
            _forget_keys(uow)
            asked = hashlib.sha256(repr(ask).encode()).hexdigest()
            seen = uow.session.get(PretendKey, key)
            if seen is not None and seen.asked != asked:
                raise Conflict("key_reused", "This key was used for something else.")
            if seen is not None:
                return self._answer(seen.object_ref, seen.failure)
            ref, failure = acting.perform(uow, ask, key)
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
            acting.pass_time(uow)
            known = select(PretendEvent.position).where(PretendEvent.ref == after)
            rows = uow.session.scalars(
                select(PretendEvent)
                .where(PretendEvent.position > func.coalesce(known.scalar_subquery(), 0))
                .order_by(PretendEvent.position)
                .limit(EVENTS_MAX)
            )
            return [Event(row.ref, row.kind, row.object_ref) for row in rows]

    def hear(self, _told: bytes, _signature: str, _door: Door, _now: datetime) -> Event:
        """Refuse: this company pushes nothing."""
        raise Missing("not_found", "There is nothing at this address.")

    def balance(self, account: str = "") -> Sequence[Held]:
        """Show what our balance there, or a connected account's, holds in each currency."""
        with self._database.unit_of_work() as uow:
            ours = (self._connected(uow, account), "") if account else (AVAILABLE, PENDING)
            held = {
                code: [acting.held_minor(uow, name, code) for name in ours] for code in EXPONENTS
            }
        return [
            Held(*(Money(minor * Money(0, code).minor_step, code) for minor in minors))
            for code, minors in held.items()
            if any(minors)
        ]

    def lines(self, since: datetime, until: datetime, account: str = "") -> Iterator[BalanceLine]:
        """Walk what moved a balance in [since, until), newest first; clearing moves none."""
        with self._database.unit_of_work() as uow:
            ours = (self._connected(uow, account),) if account else (AVAILABLE, PENDING)
            named = func.substring(PretendLine.entry, func.strpos(PretendLine.entry, ":") + 1)
            rows = uow.session.execute(
                select(PretendLine, PretendObject)
                .join(PretendObject, PretendObject.ref == named)
                .where(
                    PretendLine.account.in_(ours),
                    PretendLine.entry.not_like("clear:%"),
                    PretendLine.at >= since,
                    PretendLine.at < until,
                )
                .order_by(PretendLine.id.desc())
                .limit(LINES_MAX)
            ).all()
        return iter([acting.show_line(line, thing) for line, thing in rows])

    def read(self, ref: str, account: str = "") -> Seen | None:
        """Show an object as it is now; an account's own objects have names like all others."""
        with self._database.unit_of_work() as uow:
            thing = uow.get(PretendObject, ref, GONE)
            is_objection = thing.kind == "Chargeback"
            return objecting.show(uow, thing) if is_objection else acting.show(thing)

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
            cost = acting.cost_minor(thing.minor, thing.currency)
            acting.change(uow, thing, "paid", uow.now + timedelta(days=CLEARING_DAYS), cost=cost)
            acting.book(uow, f"pay:{ref}", thing.currency, (WORLD, -thing.minor + cost))
            acting.book(uow, f"pay:{ref}", thing.currency, (PENDING, thing.minor - cost))

    def abandon(self, ref: str) -> None:
        """Let a checkout expire unpaid."""
        with self._database.unit_of_work() as uow:
            thing = uow.get(PretendObject, ref, GONE, lock=True)
            if thing.state == "open":
                acting.change(uow, thing, "expired", None)

    def bounce(self, ref: str) -> None:
        """Let a bank send back a payout or a refund, even one it had taken."""
        with self._database.unit_of_work() as uow:
            _lock(uow)
            thing = uow.get(PretendObject, ref, GONE, lock=True)
            if thing.state == "failed":
                return
            back = AVAILABLE if thing.kind == "CardRefund" else f"connected:{thing.body['worker']}"
            acting.move(uow, thing, f"bounce:{ref}", WORLD, back)
            acting.change(uow, thing, "failed", None)

    def object_to(self, checkout_ref: str, amount: Money) -> str:
        """Let a card holder object to what they paid, in whole or in part; return its name."""
        with self._database.unit_of_work() as uow:
            _lock(uow)
            checkout = uow.get(PretendObject, checkout_ref, GONE, lock=True)
            return objecting.start(uow, checkout, amount.micros // amount.minor_step).ref

    def decide(self, ref: str, *, is_won: bool) -> None:
        """Let the card's bank decide on an objection."""
        with self._database.unit_of_work() as uow:
            _lock(uow)
            objecting.decide(uow, uow.get(PretendObject, ref, GONE, lock=True), is_won=is_won)

    def charge_for(self, what: str, amount: Money) -> None:
        """Take something from our balance that no event tells of, as for its own services."""
        with self._database.unit_of_work() as uow:
            _lock(uow)
            thing = PretendObject(
                ref=f"fee_{new_id().hex}", kind="Charge", owner=what, currency=amount.currency,
                minor=amount.micros // amount.minor_step, state="done", created_at=uow.now,
                due_at=None, body={},
            )  # fmt: skip
            uow.session.add(thing)
            acting.move(uow, thing, f"charge:{thing.ref}", AVAILABLE, WORLD)

    def lose(self, account: str, amount: Money) -> None:
        """Let money leave one of its accounts unasked, as a court may order."""
        with self._database.unit_of_work() as uow:
            _lock(uow)
            minor = amount.micros // amount.minor_step
            entry = f"order:{new_id().hex}"
            acting.book(uow, entry, amount.currency, (account, -minor))
            acting.book(uow, entry, amount.currency, (WORLD, minor))

    def held(self, account: str, currency: str) -> Money:
        """Return what one of its own accounts holds: an oracle for our books."""
        with self._database.unit_of_work() as uow:
            minor = acting.held_minor(uow, account, currency)
        return Money(minor * Money(0, currency).minor_step, currency)

    def _connected(self, uow: UnitOfWork, account: str) -> str:
        return f"connected:{uow.get(PretendObject, account, GONE).owner}"

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
