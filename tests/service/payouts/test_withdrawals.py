"""Workers withdraw what is available, whole, once; what fails comes back to them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kernel.errors import Conflict, DomainError, Missing
from kernel.types import new_id
from payouts import chores
from payouts.transit import withdrawals
from tests.service.payouts.stories import Books


def test_a_withdrawal_reaches_the_bank(books: Books) -> None:
    worker = new_id()
    _fill(books)
    books.earn(worker, "5")
    asked = books.withdraw(worker, "3.25")
    assert books.worker("worker_in_transit", worker) == "3.25"
    books.settle()
    assert books.withdrawal(asked.id).state == "sent"
    assert books.worker("processor_connected", worker) == "3.25"
    books.pass_days(1.1)
    done = books.withdrawal(asked.id)
    assert done.state == "paid"
    assert books.journal("payout_paid", str(done.payout_ref)) == {
        "worker_in_transit": "3.25",
        "processor_connected": "-3.25",
    }
    assert books.worker("worker_available", worker) == "1.75"
    assert books.broken() == []


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("0.99", "withdrawal_below_minimum"),
        ("1.005", "amount_not_whole"),
        ("5.01", "withdrawal_above_balance"),
    ],
)
def test_an_amount_that_cannot_be_sent_is_refused(books: Books, amount: str, code: str) -> None:
    worker = new_id()
    books.earn(worker, "5.0075")
    with pytest.raises(DomainError) as refusal:
        books.withdraw(worker, amount)
    assert refusal.value.code == code
    assert books.worker("worker_available", worker) == "5.0075"


def test_a_second_withdrawal_waits_for_the_first(books: Books) -> None:
    worker = new_id()
    books.earn(worker, "5")
    books.withdraw(worker, "1")
    with pytest.raises(Conflict) as refusal:
        books.withdraw(worker, "1")
    assert refusal.value.code == "withdrawal_open"


def test_a_transfer_that_definitely_failed_gives_the_money_back(books: Books) -> None:
    worker = new_id()
    books.earn(worker, "5")
    asked = books.withdraw(worker, "2")
    chores.send_due(books.database, books.processor)
    failed = books.withdrawal(asked.id)
    assert failed.state == "failed"
    assert "does not hold enough" in failed.failure
    assert books.worker("worker_available", worker) == "5.00"
    assert books.broken() == []
    _fill(books)
    again = books.withdraw(worker, "2")
    books.settle()
    assert books.withdrawal(again.id).state == "sent"


def test_a_payout_the_bank_sends_back_can_be_sent_again(books: Books) -> None:
    worker = new_id()
    _fill(books)
    books.earn(worker, "5")
    asked = books.withdraw(worker, "2")
    books.settle()
    books.pass_days(1.1)
    first = str(books.withdrawal(asked.id).payout_ref)
    books.processor.bounce(first)
    books.settle()
    assert books.withdrawal(asked.id).state == "stuck"
    assert books.journal("payout_returned", first) == {
        "processor_connected": "2.00",
        "worker_in_transit": "-2.00",
    }
    assert books.broken() == []
    with pytest.raises(Missing):
        books.run(lambda uow: withdrawals.send_again(uow, new_id(), asked.id))
    books.run(lambda uow: withdrawals.send_again(uow, worker, asked.id))
    books.settle()
    books.pass_days(1.1)
    done = books.withdrawal(asked.id)
    assert done.state == "paid"
    assert done.payout_ref != first
    assert books.worker("worker_in_transit", worker) == "0.00"
    assert books.broken() == []


def test_a_payout_that_fails_before_it_is_paid_is_stuck_and_books_nothing(books: Books) -> None:
    worker = new_id()
    _fill(books)
    books.earn(worker, "5")
    asked = books.withdraw(worker, "2")
    books.settle()
    books.processor.bounce(str(books.withdrawal(asked.id).payout_ref))
    books.settle()
    assert books.withdrawal(asked.id).state == "stuck"
    assert books.worker("worker_in_transit", worker) == "2.00"
    assert books.count("journals WHERE kind = 'payout_returned'") == 0
    assert books.broken() == []


def _fill(books: Books) -> None:
    """Let the processor hold cleared money."""
    books.pay_in(new_id(), "100")
    books.clock.advance(timedelta(days=2, hours=1))
    books.settle()
