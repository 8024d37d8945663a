"""Through every fault of the line, money leaves for a bank once: none twice, none never."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kernel.types import new_id
from payouts.transit import calls
from payouts.webhooks import looking
from tests.service.payouts.stories import Books, usd
from tests.stripe.fixtures import Now
from tests.stripe.server import KEY_HOURS
from tests.stripe.server import Stripe as Far

PAYOUTS = 4
ROUNDS_MAX = 60


@pytest.fixture
def asked(stripe_books: Books, far: Far, now: Now) -> list[str]:
    """Withdrawals of as many workers, asked for and not sent, with enough money at Stripe."""
    deposit = stripe_books.open_deposit(new_id(), "1000")
    far.company.pay(str(deposit.checkout_ref))
    now.advance(timedelta(days=3))
    workers = [new_id() for _ in range(PAYOUTS)]
    for worker in workers:
        stripe_books.earn(worker, "7")
        stripe_books.set_up_payouts(worker)
    for account in far.company.all("account"):
        far.company.fill_in(account["id"])
    now.advance(timedelta(hours=1))
    stripe_books.run(looking.look_again)
    stripe_books.settle()
    return [str(stripe_books.withdraw(worker, "7").id) for worker in workers]


@pytest.mark.parametrize(
    ("seed", "pause_hours"), [(1, 0), (3, KEY_HOURS + 1)], ids=["keys kept", "keys forgotten"]
)
def test_every_withdrawal_is_sent_once_through_faults(
    stripe_books: Books, far: Far, now: Now, asked: list[str], seed: int, pause_hours: int
) -> None:
    far.faults.seed(
        seed, 0.4, ("lost_question", "lost_answer", "kept_500", "kept_500_done", "busy")
    )
    for _ in range(ROUNDS_MAX):
        stripe_books.settle()
        if stripe_books.count("withdrawals WHERE state IN ('sent', 'paid')") == PAYOUTS:
            break
        now.advance(timedelta(hours=pause_hours or 1.1))
    for kind in ("transfer", "payout"):
        made = far.company.all(kind)
        assert sorted(thing["metadata"]["withdrawal"] for thing in made) == sorted(asked), kind
        assert {thing["amount"] for thing in made} == {7_00}
    far.faults.seed(0, 0.0)
    now.advance(timedelta(days=2))
    stripe_books.run(looking.look_again)
    stripe_books.settle()
    assert stripe_books.count("withdrawals WHERE state = 'paid'") == PAYOUTS
    assert stripe_books.broken() == []


def test_a_call_that_was_never_taken_is_not_asked_of_stripe_twice_while_it_may_be_in_flight(
    stripe_books: Books, far: Far, now: Now, asked: list[str]
) -> None:
    with stripe_books.database.unit_of_work() as uow:
        taken = calls.take(uow, ["transfer"])
    assert taken is not None
    stripe_books.settle()
    assert len(far.company.all("transfer")) == PAYOUTS - 1, "the one in flight is left alone"
    now.advance(timedelta(seconds=calls.LEASE_SECONDS))
    stripe_books.settle()
    assert len(far.company.all("transfer")) == PAYOUTS
    assert (
        usd("7").micros * PAYOUTS == sum(x["amount"] for x in far.company.all("transfer")) * 10_000
    )
