"""A job's money: funded, promised, released, and returned when it closes."""

from __future__ import annotations

import pytest

from kernel.errors import Refused
from kernel.types import new_id
from payouts import funding, queries
from tests.service.payouts.stories import Books, usd


def test_funding_moves_money_from_the_organisation_to_the_budget_once(books: Books) -> None:
    organisation, job = new_id(), new_id()
    books.give(organisation, "50")
    for _ in range(2):
        books.run(lambda uow: funding.fund(uow, job, organisation, usd("30"), "the first"))
    assert books.journal("fund", "the first") == {
        "organisation_available": "30.00",
        "job_budget": "-30.00",
    }
    assert books.organisation("organisation_available", organisation) == "20.00"
    assert books.broken() == []


def test_funding_beyond_the_balance_says_how_much_is_missing(books: Books) -> None:
    organisation = new_id()
    books.give(organisation, "10")
    with pytest.raises(Refused) as refusal:
        books.run(lambda uow: funding.fund(uow, new_id(), organisation, usd("12.5"), "big"))
    assert refusal.value.code == "funds_short"
    assert "2.50 USD more" in refusal.value.sentence


def test_funding_nothing_is_refused(books: Books) -> None:
    with pytest.raises(Refused) as refusal:
        books.run(lambda uow: funding.fund(uow, new_id(), new_id(), usd("0"), "none"))
    assert refusal.value.code == "amount_not_positive"


def test_reserving_and_releasing_move_money_between_budget_and_reserve(books: Books) -> None:
    job, _ = books.a_funded_job("10")
    books.run(lambda uow: funding.reserve(uow, job, usd("7"), "slots"))
    books.run(lambda uow: funding.release(uow, job, usd("2"), "expired"))
    assert books.journal("reserve", "slots") == {"job_budget": "7.00", "job_reserved": "-7.00"}
    assert books.journal("release", "expired") == {"job_reserved": "2.00", "job_budget": "-2.00"}
    assert books.run(lambda uow: funding.affordable(uow, job, "USD")) == usd("5")


def test_reserving_beyond_the_budget_is_refused(books: Books) -> None:
    job, _ = books.a_funded_job("10")
    with pytest.raises(Refused) as refusal:
        books.run(lambda uow: funding.reserve(uow, job, usd("10.0001"), "slots"))
    assert refusal.value.code == "budget_short"
    assert refusal.value.details["short"] == "0.0001"


def test_closing_returns_what_is_not_promised_and_may_be_called_again(books: Books) -> None:
    job, organisation = books.a_funded_job("10", reserved="4")
    close = [
        books.run(lambda uow: funding.close(uow, job, organisation, "USD", "closed"))
        for _ in range(2)
    ]
    books.run(lambda uow: funding.release(uow, job, usd("4"), "claims ended"))
    rest = books.run(lambda uow: funding.close(uow, job, organisation, "USD", "claims ended"))
    assert close == [usd("6"), usd("0")]
    assert rest == usd("4")
    assert books.organisation("organisation_available", organisation) == "10.00"
    money = books.run(lambda uow: queries.job_money(uow, job, "USD"))
    assert (money.funded, money.returned, money.budget) == (usd("10"), usd("10"), usd("0"))
    assert books.broken() == []
