"""The door to the payment processor: what we ask, what comes of it, and which processor it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
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
    """Ask to move our money to a worker's connected account, named by the processor's `account`."""

    withdrawal: UUID
    worker: UUID
    account: str
    amount: Money


@dataclass(frozen=True)
class Payout:
    """Ask to send money from a worker's connected account to the bank."""

    withdrawal: UUID
    worker: UUID
    account: str
    amount: Money


@dataclass(frozen=True)
class CardRefund:
    """Ask to give money of one charge back to its card."""

    refund: UUID
    charge_ref: str
    amount: Money


@dataclass(frozen=True)
class Reversal:
    """Ask to take back, in whole or in part, what a transfer moved to a connected account."""

    withdrawal: UUID
    transfer_ref: str
    amount: Money


@dataclass(frozen=True)
class AccountOpening:
    """Ask for a connected account in a worker's country (ISO 3166-1 alpha-2)."""

    worker: UUID
    country: str


@dataclass(frozen=True)
class AccountLink:
    """Ask for a page, good once and for minutes, on which a worker tells who they are."""

    account: str
    return_url: str
    again_url: str


Ask = Checkout | Transfer | Payout | CardRefund | Reversal | AccountOpening | AccountLink


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
class BalanceLine:
    """Show one line of our balance there: what moved it, gross, and what the processor kept.

    `amount` is signed as our balance sees it; it changes by `amount` − `cost`.
    """

    ref: str
    kind: str
    source_ref: str
    amount: Money
    cost: Money
    created_at: datetime
    available_on: datetime
    is_available: bool


@dataclass(frozen=True)
class Held:
    """Show what a balance at the processor holds in one currency."""

    available: Money
    pending: Money


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
class TakenBack:
    """Show one part of a transfer that came back to our balance, by its own name there."""

    ref: str
    amount: Money


@dataclass(frozen=True)
class TransferSeen:
    """Show a transfer as the processor has it now, and what of it was taken back."""

    ref: str
    withdrawal: UUID
    amount: Money
    reversals: tuple[TakenBack, ...] = ()


@dataclass(frozen=True)
class PayoutSeen:
    """Show a payout as the processor has it now: pending, paid or failed, with the bank's word."""

    ref: str
    withdrawal: UUID
    state: str
    failure: str = ""


@dataclass(frozen=True)
class RefundSeen:
    """Show a refund as the processor has it now: accepted or failed."""

    ref: str
    refund: UUID
    state: str


@dataclass(frozen=True)
class ChargebackSeen:
    """Show a card holder's objection: warned, open, won or lost, and how it moved our balance."""

    ref: str
    charge_ref: str
    state: str
    reason: str
    amount: Money
    lines: tuple[BalanceLine, ...]


@dataclass(frozen=True)
class AccountSeen:
    """Show a connected account: incomplete, checking, ready, restricted or closed.

    `wants` are the processor's codes of what it wants by `due_by`, `checks` of what it is looking
    at, `problem` of why no money may go there.
    """

    ref: str
    state: str
    wants: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    problem: str = ""
    due_by: datetime | None = None


Seen = CheckoutSeen | TransferSeen | PayoutSeen | RefundSeen | ChargebackSeen | AccountSeen


class Door(StrEnum):
    """Name whose events come in by an address: our own account's, or connected accounts'."""

    PLATFORM = "platform"
    CONNECTED = "connected"


@dataclass(frozen=True)
class Event:
    """Hint that an object at the processor changed, in a connected account if one is named."""

    ref: str
    kind: str
    object_ref: str
    account: str = ""
    is_live: bool = False


class Gateway(Protocol):
    """Speak with one processor; never call it while a transaction is open.

    `is_live` tells real money from test money; `pause_seconds` is how long to wait between two
    listings of events, of which all but the lost are pushed.
    """

    is_live: bool
    pause_seconds: int

    def send(self, ask: Ask, key: str) -> Outcome:
        """Do what is asked, at most once per idempotency key."""

    def find(self, ask: Ask, key: str) -> Done | None:
        """Look up what an earlier call with this key did; None if it did nothing."""

    def events(self, after: str | None) -> Sequence[Event]:
        """Return what was told since an event, oldest first, a page at a time."""

    def hear(self, told: bytes, signature: str, door: Door, now: datetime) -> Event:
        """Believe a pushed event only if signed for this door within five minutes of now.

        Raise Denied or Refused otherwise. This asks nobody, so a transaction may be open.
        """

    def read(self, ref: str, account: str = "") -> Seen | None:
        """Read one object as it is now; None if it is none of ours, Missing if there is none."""

    def balance(self, account: str = "") -> Sequence[Held]:
        """Return what our balance there, or a connected account's, holds in each currency."""

    def lines(self, since: datetime, until: datetime, account: str = "") -> Iterator[BalanceLine]:
        """Walk the lines of a balance created in [since, until), newest first."""


def connect(settings: Settings, database: Database) -> Gateway:
    """Connect to the processor of this installation; the pretend one where no key is set."""
    if settings.stripe_key:
        from payouts.gateway import company  # both processors speak in this module's values

        return company.Stripe(
            company.Access(
                key=settings.stripe_key,
                url=settings.stripe_url,
                secrets={
                    Door.PLATFORM: settings.stripe_webhook_secret,
                    Door.CONNECTED: settings.stripe_connected_webhook_secret,
                },
                home_url=settings.public_url,
            )
        )
    if settings.production:
        raise SystemExit("The pretend payment processor does not serve in production.")
    from payouts.pretend import processor

    return processor.Pretend(database, settings.public_url)
