"""Keys of calls: the same does a thing once, whatever becomes of the line; found by it later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kernel.errors import Conflict, Unavailable
from kernel.types import new_id
from payouts.gateway import (
    AccountLink,
    AccountOpening,
    Ask,
    CardRefund,
    Checkout,
    Done,
    InDoubt,
    Payout,
    Reversal,
    Transfer,
    line,
)
from payouts.gateway.company import Access, Stripe
from tests.service.payouts.contract import account, charge, done, transfer
from tests.service.payouts.stories import usd
from tests.stripe import server
from tests.stripe.fixtures import Now
from tests.stripe.server import Stripe as Far

__all__ = ["account", "charge", "transfer"]


PATIENCE_SECONDS = 1
EVERY_ASK = ["transfer", "payout", "refund", "reversal", "account", "checkout", "link"]


@pytest.fixture
def asks(gateway: Stripe, transfer: Transfer, charge: str) -> dict[str, Ask]:
    """One ask of each kind that would be done."""
    sent = done(gateway.send(transfer, "an earlier transfer"))
    again = Transfer(new_id(), new_id(), transfer.account, usd("10"))
    return {
        "transfer": again,
        "payout": Payout(transfer.withdrawal, transfer.worker, transfer.account, usd("3")),
        "refund": CardRefund(new_id(), charge, usd("5")),
        "reversal": Reversal(transfer.withdrawal, sent, usd("2")),
        "account": AccountOpening(new_id(), "DE"),
        "checkout": Checkout(new_id(), usd("50"), "https://here.test/back"),
        "link": AccountLink(transfer.account, "https://here.test/b", "https://here.test/a"),
    }


@pytest.mark.parametrize("name", EVERY_ASK)
def test_the_same_key_does_a_thing_once(
    far: Far, gateway: Stripe, asks: dict[str, Ask], name: str
) -> None:
    before = len(far.company.things)
    first = gateway.send(asks[name], "one key")
    between = len(far.company.things)
    assert gateway.send(asks[name], "one key") == first
    assert len(far.company.things) == between
    assert (between > before) == (name != "link")


@pytest.mark.parametrize("name", EVERY_ASK)
def test_a_thing_done_is_found_by_its_key(gateway: Stripe, asks: dict[str, Ask], name: str) -> None:
    assert gateway.find(asks[name], "one key") is None
    made = gateway.send(asks[name], "one key")
    assert isinstance(made, Done)
    found = gateway.find(asks[name], "one key")
    assert (found is None) if name in ("checkout", "link") else (found == Done(made.ref))


@pytest.mark.parametrize(
    "fault", ["lost_question", "lost_answer", "slow", "kept_500", "kept_500_done", "in_use"]
)
@pytest.mark.parametrize("name", ["transfer", "payout", "refund", "reversal"])
def test_an_answer_that_never_came_leaves_doubt_and_no_second_thing(
    far: Far, gateway: Stripe, asks: dict[str, Ask], name: str, fault: str
) -> None:
    before = far.company.available()
    far.faults.once(fault, fault)  # the SDK's own second try fails as the first did
    patience = PATIENCE_SECONDS if fault == "slow" else line.READ_SECONDS
    asker = Stripe(Access(server.SECRET_KEY, far.url, read_seconds=patience))
    assert isinstance(asker.send(asks[name], "one key"), InDoubt)
    found = gateway.find(asks[name], "one key")
    is_done = fault in ("lost_answer", "slow", "kept_500_done")
    assert (found is not None) == is_done
    again = gateway.send(asks[name], "one key")
    assert isinstance(again, InDoubt if fault.startswith("kept") else Done)
    moved = {"transfer": 10_00, "payout": 0, "refund": 5_00, "reversal": -2_00}[name]
    done_once = 0 if fault == "kept_500" else moved
    assert before - far.company.available() == done_once


def test_one_broken_line_is_mended_by_the_second_try_under_the_same_key(
    far: Far, gateway: Stripe, asks: dict[str, Ask]
) -> None:
    far.faults.once("lost_answer")
    done(gateway.send(asks["transfer"], "one key"))
    posts = [key for method, path, key in far.calls if (method, path) == ("POST", "/v1/transfers")]
    assert posts[-2:] == ["one key", "one key"]
    assert len(far.company.all("transfer")) == 2


def test_too_many_requests_leave_doubt(far: Far, gateway: Stripe, asks: dict[str, Ask]) -> None:
    far.faults.once("busy")
    assert isinstance(gateway.send(asks["refund"], "one key"), InDoubt)
    assert gateway.find(asks["refund"], "one key") is None


def test_a_key_for_something_else_is_our_own_fault(
    gateway: Stripe, asks: dict[str, Ask], charge: str
) -> None:
    done(gateway.send(asks["refund"], "one key"))
    with pytest.raises(Conflict, match="something else"):
        gateway.send(CardRefund(new_id(), charge, usd("6")), "one key")


def test_a_forgotten_key_does_a_thing_twice_so_it_is_looked_up_first(
    now: Now, far: Far, gateway: Stripe, asks: dict[str, Ask]
) -> None:
    first = gateway.send(asks["transfer"], "one key")
    now.advance(timedelta(hours=server.KEY_HOURS, seconds=1))
    assert gateway.find(asks["transfer"], "one key") == first
    assert gateway.send(asks["transfer"], "one key") != first, "this is why"


def test_a_wrong_key_of_ours_leaves_doubt_and_reads_nothing(far: Far) -> None:
    stranger = Stripe(Access("sk_test_wrong", far.url))
    assert isinstance(stranger.send(AccountOpening(new_id(), "US"), "account:1"), InDoubt)
    with pytest.raises(Unavailable):
        stranger.read("cs_1")


def test_nobody_at_the_address_leaves_doubt() -> None:
    nobody = Stripe(Access("sk_test_1", "http://127.0.0.1:9", read_seconds=1))
    assert isinstance(nobody.send(AccountOpening(new_id(), "US"), "account:1"), InDoubt)
    with pytest.raises(Unavailable):
        nobody.balance()
