"""Money no bank takes comes back before it has waited too long at the processor, by country."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel.types import new_id
from payouts import chores
from payouts.models import RemoteCall, Withdrawal
from payouts.transit import holding, reversals
from tests.service.payouts.stories import Books
from workers import service as workers


def a_stuck_withdrawal(books: Books, country: str) -> Withdrawal:
    """Let a bank refuse a payout of 20 dollars to somebody who lives in a country."""
    registered = books.run(lambda uow: workers.register(uow, country, ["en"], adult_consent=False))
    books.pay_in(new_id(), "500")
    books.pass_days(3)
    books.earn(registered.id, "20")
    asked = books.withdraw(registered.id, "20")
    books.settle()
    bounce(books, asked)
    assert books.withdrawal(asked.id).state == "stuck"
    return asked


def reversal_of(books: Books, asked: Withdrawal) -> str:
    """Return the processor's name of the reversal that gave a withdrawal back."""
    made = select(RemoteCall.remote_ref).where(
        RemoteCall.thing_id == asked.id, RemoteCall.purpose == "reversal"
    )
    return str(books.run(lambda uow: uow.session.scalars(made).one()))


def bounce(books: Books, asked: Withdrawal) -> None:
    books.processor.bounce(str(books.withdrawal(asked.id).payout_ref))
    books.settle()


@pytest.mark.parametrize(("country", "days"), [("US", 730), ("TH", 10), ("DE", 90)])
def test_each_country_has_its_limit(country: str, days: int) -> None:
    assert holding.days_max(country) == days


@pytest.mark.parametrize(("country", "days"), [("TH", 10), ("DE", 90), ("US", 730)])
def test_the_bank_is_tried_once_more_and_then_the_money_comes_back(
    books: Books, country: str, days: int
) -> None:
    asked = a_stuck_withdrawal(books, country)
    assert books.run(holding.enforce) == (0, 0)
    books.clock.advance(timedelta(days=days * 0.76))
    assert books.run(holding.enforce) == (1, 0)
    chores.send_due(books.database, books.processor)
    bounce(books, asked)
    assert books.run(holding.enforce) == (0, 0)  # at most once a day
    books.clock.advance(timedelta(days=days * 0.15))
    assert books.run(holding.enforce) == (0, 1)
    books.settle()
    assert books.withdrawal(asked.id).state == "failed"
    assert books.journal("transfer_reversed", reversal_of(books, asked)) == {
        "processor_available": "20.00",
        "processor_connected": "-20.00",
    }
    assert books.journal("withdraw_failed", str(asked.id)) == {
        "worker_in_transit": "20.00",
        "worker_available": "-20.00",
    }
    assert books.worker("worker_available", asked.worker) == "20.00"
    assert books.broken() == []


def test_a_recall_the_processor_refuses_leaves_the_money_where_it_is(books: Books) -> None:
    asked = a_stuck_withdrawal(books, "DE")
    again = books.run(lambda uow: reversals.recall(uow, asked.id))
    assert again is None
    taken = books.processor.held(f"connected:{asked.worker}", "USD")
    books.processor.lose(f"connected:{asked.worker}", taken)
    books.settle()
    shown = books.withdrawal(asked.id)
    assert (shown.state, shown.failure) == ("stuck", "The worker's account there is empty.")
    assert books.worker("worker_in_transit", asked.worker) == "20.00"
    assert books.broken() == []
