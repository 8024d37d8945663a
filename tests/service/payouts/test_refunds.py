"""Unspent money goes back to the cards it came from, newest charge first."""

from __future__ import annotations

from uuid import UUID

import pytest

from kernel.errors import Refused
from kernel.types import new_id
from payouts import funding, queries
from payouts.models import Deposit, Refund
from payouts.transit import refunds
from tests.service.payouts.stories import Books, usd


def test_a_refund_takes_from_the_newest_charge_first(books: Books) -> None:
    organisation = new_id()
    first = books.pay_in(organisation, "50")
    books.pass_days(2.1)
    second = books.pay_in(organisation, "30")
    books.pass_days(2.1)
    asked = _refund(books, organisation, "40")
    assert [(one.deposit_id, one.micros) for one in asked] == [
        (second.id, usd("30").micros),
        (first.id, usd("10").micros),
    ]
    assert books.organisation("refund_in_transit", organisation) == "40.00"
    books.settle()
    assert books.journal("refund_accepted", str(asked[0].id)) == {
        "refund_in_transit": "30.00",
        "processor_available": "-30.00",
    }
    assert books.organisation("organisation_available", organisation) == "40.00"
    assert books.run(lambda uow: uow.get(Deposit, first.id, "")).refunded_micros == 10_000_000
    assert len(books.run(lambda uow: queries.refunds(uow, organisation)).items) == 2
    assert books.broken() == []


def test_spent_money_cannot_be_refunded(books: Books) -> None:
    organisation = new_id()
    books.pay_in(organisation, "50")
    books.run(lambda uow: funding.fund(uow, new_id(), organisation, usd("20"), "f"))
    with pytest.raises(Refused) as refusal:
        _refund(books, organisation, "30.01")
    assert refusal.value.code == "refund_above_balance"


def test_cards_never_get_back_more_than_they_paid(books: Books) -> None:
    organisation = new_id()
    books.pay_in(organisation, "50")
    books.give(organisation, "50")
    with pytest.raises(Refused) as refusal:
        _refund(books, organisation, "50.01")
    assert refusal.value.code == "refund_above_charges"


@pytest.mark.parametrize("amount", ["0", "-1", "1.005"])
def test_an_amount_no_card_can_take_is_refused(books: Books, amount: str) -> None:
    with pytest.raises(Refused) as refusal:
        _refund(books, new_id(), amount)
    assert refusal.value.code == "amount_not_whole"


def test_a_refund_that_failed_comes_back_and_can_be_asked_for_again(books: Books) -> None:
    organisation = new_id()
    books.pay_in(organisation, "50")
    (asked,) = _refund(books, organisation, "50")
    books.settle()
    assert books.run(lambda uow: uow.get(Refund, asked.id, "")).state == "failed"
    assert books.organisation("organisation_available", organisation) == "50.00"
    assert books.broken() == []
    books.pass_days(2.1)
    assert len(_refund(books, organisation, "10")) == 1


def test_a_refund_the_card_sends_back_returns_to_the_organisation(books: Books) -> None:
    organisation = new_id()
    books.pay_in(organisation, "50")
    books.pass_days(2.1)
    (asked,) = _refund(books, organisation, "20")
    books.settle()
    books.processor.bounce(str(books.run(lambda uow: uow.get(Refund, asked.id, "")).remote_ref))
    books.settle()
    assert books.run(lambda uow: uow.get(Refund, asked.id, "")).state == "returned"
    assert books.organisation("organisation_available", organisation) == "50.00"
    assert books.broken() == []


def _refund(books: Books, organisation: UUID, amount: str) -> list[Refund]:
    return books.run(lambda uow: refunds.request(uow, organisation, usd(amount)))
