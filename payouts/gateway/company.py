"""Stripe as our payment processor: the seam of the gateway over the official SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urljoin

import stripe

from kernel.errors import Missing
from payouts.gateway import (
    AccountSeen,
    Ask,
    BalanceLine,
    Checkout,
    Done,
    Door,
    Event,
    Failed,
    Held,
    Outcome,
    Seen,
    Transfer,
    asking,
    line,
    reading,
    telling,
)

LINES_PAGE = 100
LIVE_KEYS = ("sk_live_", "rk_live_")


@dataclass(frozen=True)
class Access:
    """Hold what lets us in: the key, Stripe's address, and the secret of each webhook address.

    `home_url` is our own address, which a browser comes back to.
    """

    key: str
    url: str
    secrets: Mapping[Door, str] = field(default_factory=dict)
    home_url: str = "https://example.com"
    read_seconds: int = line.READ_SECONDS


class Stripe:
    """Speak with Stripe; separate charges and transfers, payouts when we say so."""

    pause_seconds = 600

    def __init__(self, access: Access) -> None:
        self.is_live = access.key.startswith(LIVE_KEYS)
        self._secrets, self._home_url = access.secrets, access.home_url
        self._client = line.client(access.key, access.url, access.read_seconds)

    def send(self, ask: Ask, key: str) -> Outcome:
        """Do what is asked, at most once per key; before a transfer the account is looked at."""
        return line.outcome(lambda: self._perform(ask, key))

    def find(self, ask: Ask, key: str) -> Done | None:
        """Look up what an earlier call with this key did; None if it did nothing."""
        with line.reached():
            return asking.earlier(self._client, ask, key)

    def events(self, after: str | None) -> Sequence[Event]:
        """Return what our own account was told since an event, oldest first."""
        with line.reached():
            return telling.listed(self._client, after)

    def hear(self, told: bytes, signature: str, door: Door, now: datetime) -> Event:
        """Believe a pushed event only if signed for this door within five minutes of now."""
        return telling.heard(told, signature, self._secrets.get(door, ""), now)

    def read(self, ref: str, account: str = "") -> Seen | None:
        """Read one object as it is now."""
        with line.reached():
            return reading.read(self._client, ref, account)

    def balance(self, account: str = "") -> Sequence[Held]:
        """Return what our balance, or a connected account's, holds in each currency."""
        with line.reached():
            held = self._client.v1.balance.retrieve(None, _inside(account))
        pending = {each.currency: each.amount for each in held.pending}
        return [
            Held(
                available=line.money(each.amount, each.currency),
                pending=line.money(pending.get(each.currency, 0), each.currency),
            )
            for each in held.available
        ]

    def lines(self, since: datetime, until: datetime, account: str = "") -> Iterator[BalanceLine]:
        """Walk the lines of a balance created in [since, until), newest first."""
        first, end = int(since.timestamp()), int(until.timestamp())
        with line.reached():
            page = self._client.v1.balance_transactions.list(
                {"created": {"gte": first, "lt": end}, "limit": LINES_PAGE}, _inside(account)
            )
            yield from map(reading.line, page.auto_paging_iter())

    def _perform(self, ask: Ask, key: str) -> Done | Failed:
        """Make the call; money goes only to an account that can send it on at this moment."""
        if isinstance(ask, Transfer) and not self._is_ready(ask.account):
            return Failed("account_not_ready", line.SENTENCES["transfers_not_allowed"])
        if isinstance(ask, Checkout):
            ask = replace(ask, return_url=urljoin(self._home_url, ask.return_url))
        return asking.perform(self._client, ask, key)

    def _is_ready(self, account: str) -> bool:
        try:
            seen = reading.read(self._client, account, "")
        except Missing:
            return False
        return isinstance(seen, AccountSeen) and seen.state == "ready"


def _inside(account: str) -> stripe.RequestOptions | None:
    return {"stripe_account": account} if account else None
