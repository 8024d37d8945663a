"""A pretend Stripe behind an address, our gateway on the line to it, and a clock they share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from kernel.clock import Clock
from payouts.gateway.company import Access, Stripe
from tests.stripe import server
from tests.stripe.company import Company
from tests.stripe.deliveries import SECRETS


class Now:
    """A clock that tells the moment when called, and can be moved."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def __call__(self) -> datetime:
        return self.clock.now()

    def advance(self, by: timedelta) -> None:
        self.clock.advance(by)


@pytest.fixture
def far(now: Now) -> Iterator[server.Stripe]:
    """A pretend Stripe behind an address, which the real SDK talks to and its spec watches."""
    served = server.Stripe(Company(now))
    served.start()
    yield served
    served.stop()
    assert served.company.breaches == []
    assert served.company.book.total() == 0


@pytest.fixture
def gateway(far: server.Stripe) -> Stripe:
    """Our gateway on that line; it waits for an answer as long as in earnest.

    Waiting less would leave calls in doubt, and later steps without what they made, whenever the
    machine is busy; a test of slowness brings its own impatience.
    """
    return Stripe(Access(server.SECRET_KEY, far.url, SECRETS, "https://here.test"))
