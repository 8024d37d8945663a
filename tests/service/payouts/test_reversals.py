"""What Stripe takes back of a transfer is seen whole, whenever it comes and whoever asked."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from kernel.errors import Conflict
from kernel.types import new_id
from payouts.books import reconciling
from payouts.models import Withdrawal
from payouts.transit import holding, withdrawals
from tests.service.payouts.stories import Books, usd
from tests.service.payouts.told import assert_agreed, pass_days, told, withdrawn
from tests.stripe import verbs
from tests.stripe.deliveries import Deliveries
from tests.stripe.fixtures import Now
from tests.stripe.server import Stripe as Far

__all__ = ["told"]
GROSS = 12_34


@pytest.fixture
def worker() -> UUID:
    """Whose money it is."""
    return new_id()


@pytest.fixture
def asked(stripe_books: Books, far: Far, told: Deliveries, now: Now, worker: UUID) -> UUID:
    """A withdrawal of 12.34 whose payout is on its way."""
    deposit = stripe_books.open_deposit(new_id(), "100")
    far.company.pay(str(deposit.checkout_ref))
    pass_days(stripe_books, told, now, days=3)
    return withdrawn(stripe_books, far, told, now, worker, "12.34")


def take_back(far: Far, amount: int) -> None:
    verbs.reverse(far.company, far.company.all("transfer")[0], amount)


def shown(books: Books, asked: UUID) -> Withdrawal:
    return books.withdrawal(asked)


def bounce(books: Books, far: Far, asked: UUID) -> None:
    far.company.bounce(str(shown(books, asked).payout_ref))


def assert_given_back(books: Books, far: Far, asked: UUID, worker: UUID) -> None:
    assert shown(books, asked).state == "failed"
    assert shown(books, asked).reversed_micros == GROSS * 10_000
    assert books.worker("worker_available", worker) == "12.34"
    assert books.worker("processor_connected", worker) == "0.00"
    assert sum(each["amount"] for each in far.company.all("transfer_reversal")) == GROSS
    assert_agreed(books, far)
    again = books.run(lambda uow: withdrawals.request(uow, worker, usd("12.34")))
    assert again.state == "requested", "it can be withdrawn again"


def test_a_whole_reversal_after_the_bank_refused_gives_the_money_back(
    stripe_books: Books, far: Far, told: Deliveries, now: Now, asked: UUID, worker: UUID
) -> None:
    bounce(stripe_books, far, asked)
    take_back(far, GROSS)
    pass_days(stripe_books, told, now, days=1)
    assert "gave the money back" in shown(stripe_books, asked).failure
    assert_given_back(stripe_books, far, asked, worker)


def test_of_a_partial_reversal_the_rest_is_called_back(
    stripe_books: Books, far: Far, told: Deliveries, now: Now, asked: UUID, worker: UUID
) -> None:
    bounce(stripe_books, far, asked)
    pass_days(stripe_books, told, now, days=1)
    assert shown(stripe_books, asked).state == "stuck"
    take_back(far, 4_00)
    take_back(far, 1_00)
    pass_days(stripe_books, told, now, days=1)
    assert [each["amount"] for each in far.company.all("transfer_reversal")] == [400, 100, 734]
    assert_given_back(stripe_books, far, asked, worker)


def test_a_reversal_before_the_payout_failed_is_booked_at_once_and_followed_then(
    stripe_books: Books, far: Far, told: Deliveries, now: Now, asked: UUID, worker: UUID
) -> None:
    take_back(far, 5_00)
    told.all()
    stripe_books.settle()
    assert (shown(stripe_books, asked).state, shown(stripe_books, asked).reversed_micros) == (
        "sent",
        5_000_000,
    )
    assert stripe_books.worker("processor_connected", worker) == "7.34"
    bounce(stripe_books, far, asked)
    pass_days(stripe_books, told, now, days=1)
    assert_given_back(stripe_books, far, asked, worker)


def test_what_comes_back_after_the_bank_took_it_is_shown_to_people(
    stripe_books: Books, far: Far, told: Deliveries, now: Now, asked: UUID, worker: UUID
) -> None:
    pass_days(stripe_books, told, now, days=2)
    assert shown(stripe_books, asked).state == "paid"
    take_back(far, GROSS)
    pass_days(stripe_books, told, now, days=1)
    assert shown(stripe_books, asked).state == "paid", "the worker has it"
    assert stripe_books.worker("processor_connected", worker) == "-12.34"
    assert stripe_books.broken() == ["connected_accounts_are_covered"]
    bounce(stripe_books, far, asked)
    pass_days(stripe_books, told, now, days=1)
    assert_given_back(stripe_books, far, asked, worker)


def test_a_payout_that_finds_nothing_left_is_followed_too(
    stripe_books: Books, far: Far, told: Deliveries, now: Now, asked: UUID, worker: UUID
) -> None:
    bounce(stripe_books, far, asked)
    pass_days(stripe_books, told, now, days=1)
    stripe_books.run(lambda uow: withdrawals.send_again(uow, worker, asked))
    take_back(far, 10_00)
    pass_days(stripe_books, told, now, days=1)
    assert_given_back(stripe_books, far, asked, worker)


def test_our_own_recall_told_before_it_is_recorded_is_booked_once(
    stripe_books: Books, far: Far, told: Deliveries, now: Now, asked: UUID, worker: UUID
) -> None:
    bounce(stripe_books, far, asked)
    pass_days(stripe_books, told, now, days=1)
    now.advance(timedelta(days=holding.days_max("US") * 0.91))
    far.faults.once("lost_answer", "lost_answer")
    assert stripe_books.run(holding.enforce) == (0, 1)
    stripe_books.settle()
    assert shown(stripe_books, asked).state == "recalling"
    told.doubled_share = 1.0
    pass_days(stripe_books, told, now, days=1)
    assert stripe_books.count("journals WHERE kind = 'transfer_reversed'") == 1
    assert_given_back(stripe_books, far, asked, worker)


def test_a_rest_that_cannot_be_called_back_yet_is_tried_every_day(
    stripe_books: Books, far: Far, told: Deliveries, now: Now, asked: UUID, worker: UUID
) -> None:
    bounce(stripe_books, far, asked)
    pass_days(stripe_books, told, now, days=1)
    take_back(far, 4_00)
    account = shown(stripe_books, asked).account_ref
    far.company.book.post("court", "usd", {f"{account}:available": -8_34, "world": 8_34})
    pass_days(stripe_books, told, now, days=1)
    assert shown(stripe_books, asked).state == "stuck"
    with pytest.raises(Conflict) as refusal:
        stripe_books.run(lambda uow: withdrawals.send_again(uow, worker, asked))
    assert refusal.value.code == "withdrawal_coming_back"
    far.company.book.post("court", "usd", {f"{account}:available": 8_34, "world": -8_34})
    now.advance(timedelta(days=1))
    assert stripe_books.run(holding.enforce) == (0, 1)
    pass_days(stripe_books, told, now, days=1)
    assert_given_back(stripe_books, far, asked, worker)


def test_each_line_of_a_reversal_finds_its_journal(
    stripe_books: Books, far: Far, told: Deliveries, now: Now, asked: UUID
) -> None:
    bounce(stripe_books, far, asked)
    take_back(far, 4_00)
    told.dropped_share = 1.0  # nobody tells us: we look again by ourselves
    pass_days(stripe_books, told, now, days=1)
    done = reconciling.run(stripe_books.database, stripe_books.processor)
    assert done.unmatched_count == 0
    query = "processor_lines l JOIN journals j ON j.id = l.journal_id"
    assert stripe_books.count(f"{query} WHERE j.kind = 'transfer_reversed'") == 2
