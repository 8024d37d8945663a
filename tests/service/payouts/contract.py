"""What a call to Stripe needs to be there: an account, a charge, something to send."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kernel.types import new_id
from payouts.gateway import (
    AccountOpening,
    Checkout,
    Done,
    Transfer,
)
from payouts.gateway.company import Stripe
from tests.service.payouts.stories import usd
from tests.stripe.fixtures import Now
from tests.stripe.server import Stripe as Far


def done(outcome: object) -> str:
    assert isinstance(outcome, Done), outcome
    return outcome.ref


@pytest.fixture
def account(far: Far, gateway: Stripe) -> str:
    """A connected account that money can go to."""
    ref = done(gateway.send(AccountOpening(new_id(), "US"), "an account"))
    far.company.fill_in(ref)
    return ref


@pytest.fixture
def charge(now: Now, far: Far, gateway: Stripe) -> str:
    """A cleared charge of a hundred dollars."""
    session = done(gateway.send(Checkout(new_id(), usd("100"), "https://here.test/back"), "page"))
    ref = str(far.company.pay(session)["id"])
    now.advance(timedelta(days=2, hours=1))
    return ref


@pytest.fixture
def transfer(gateway: Stripe, charge: str, account: str) -> Transfer:
    """Ten dollars to be sent to the account."""
    return Transfer(new_id(), new_id(), account, usd("10"))
