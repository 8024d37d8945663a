"""The door to the payment processor: what we ask, what comes of it, and which processor it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kernel.db import Database
from kernel.money import Money
from kernel.settings import Settings


@dataclass(frozen=True)
class Checkout:
    """Ask for a page on which an organisation pays a deposit by card."""

    deposit: UUID
    amount: Money
    return_url: str


@dataclass(frozen=True)
class Transfer:
    """Ask to move our money to a worker's connected account."""

    withdrawal: UUID
    worker: UUID
    amount: Money


@dataclass(frozen=True)
class Payout:
    """Ask to send money from a worker's connected account to the bank."""

    withdrawal: UUID
    worker: UUID
    amount: Money


@dataclass(frozen=True)
class CardRefund:
    """Ask to give money of one charge back to its card."""

    refund: UUID
    charge_ref: str
    amount: Money


Ask = Checkout | Transfer | Payout | CardRefund


@dataclass(frozen=True)
class Done:
    """It happened; `ref` names the processor's object, `url` a page for the browser if any."""

    ref: str
    url: str = ""


@dataclass(frozen=True)
class Failed:
    """It definitely did not happen."""

    code: str
    sentence: str


@dataclass(frozen=True)
class InDoubt:
    """It was sent and nobody knows what came of it."""

    why: str


Outcome = Done | Failed | InDoubt


@dataclass(frozen=True)
class CheckoutSeen:
    """Show a checkout as the processor has it now: open, paid or expired."""

    ref: str
    deposit: UUID
    state: str
    amount: Money
    cost: Money
    charge_ref: str
    available_on: datetime | None
    is_cleared: bool


@dataclass(frozen=True)
class PayoutSeen:
    """Show a payout as the processor has it now: pending, paid or failed."""

    ref: str
    withdrawal: UUID
    state: str


@dataclass(frozen=True)
class RefundSeen:
    """Show a refund as the processor has it now: accepted or failed."""

    ref: str
    refund: UUID
    state: str


Seen = CheckoutSeen | PayoutSeen | RefundSeen


@dataclass(frozen=True)
class Event:
    """Hint that an object at the processor changed."""

    ref: str
    kind: str
    object_ref: str


class Gateway(Protocol):
    """Speak with one processor; never call it while a transaction is open."""

    def send(self, ask: Ask, key: str) -> Outcome:
        """Do what is asked, at most once per idempotency key."""

    def find(self, ask: Ask, key: str) -> Done | None:
        """Look up what an earlier call with this key did; None if it did nothing."""

    def events(self, after: str | None) -> Sequence[Event]:
        """Return what was told since an event, oldest first, a page at a time."""

    def read(self, ref: str) -> Seen | None:
        """Read one object as it is now; None for kinds we do not follow."""


def connect(settings: Settings, database: Database) -> Gateway:
    """Connect to the processor of this installation; the pretend one where no key is set."""
    if settings.stripe_key:
        raise SystemExit(
            "Stripe is not connected in this version. Remove STRIPE_SECRET_KEY to use the"
            " pretend processor, which moves no real money."
        )
    if settings.production:
        raise SystemExit("The pretend payment processor does not serve in production.")
    from payouts.pretend import processor  # the processor speaks in this module's values

    return processor.Pretend(database, settings.public_url)
