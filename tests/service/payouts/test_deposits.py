"""Deposits arrive once, at their full amount, and clear when the processor says so."""

from __future__ import annotations

import pytest

from kernel.errors import DomainError, Missing, Refused
from kernel.types import new_id
from payouts import chores, queries
from payouts.models import Deposit
from payouts.pretend.processor import AVAILABLE
from payouts.transit import deposits
from payouts.webhooks import hearing
from tests.service.payouts.stories import Books, usd


def test_a_paid_deposit_is_credited_in_full_and_its_cost_is_ours(books: Books) -> None:
    organisation = new_id()
    deposit = books.pay_in(organisation, "100")
    charge = str(deposit.charge_ref)
    assert books.journal("deposit", charge) == {
        "processor_pending": "100.00",
        "organisation_available": "-100.00",
    }
    assert books.journal("processing_cost", charge) == {
        "processing_cost": "3.20",
        "processor_pending": "-3.20",
    }
    books.pass_days(2.1)
    assert books.journal("clear", charge) == {
        "processor_available": "96.80",
        "processor_pending": "-96.80",
    }
    assert books.processor.held(AVAILABLE, "USD") == usd("96.8")
    assert books.broken() == []


def test_an_event_told_twice_credits_once(books: Books) -> None:
    organisation = new_id()
    deposit = books.open_deposit(organisation, "100")
    for _ in range(2):
        books.processor.pay(str(deposit.checkout_ref))
        hearing.hear(books.database, books.processor)
    seen = books.processor.checkout(str(deposit.checkout_ref))
    books.run(lambda uow: deposits.settle(uow, seen))
    assert books.organisation("organisation_available", organisation) == "100.00"
    assert books.count("processor_events") == 1


def test_a_deposit_shows_the_page_to_pay_on(books: Books) -> None:
    deposit = books.open_deposit(new_id(), "20")
    assert deposit.state == "open"
    assert deposit.checkout_url == f"https://here.test/pretend/checkout/{deposit.checkout_ref}"
    assert books.processor.return_url(str(deposit.checkout_ref)) == "https://here.test/back"


def test_an_abandoned_deposit_expires(books: Books) -> None:
    organisation = new_id()
    deposit = books.open_deposit(organisation, "20")
    books.processor.abandon(str(deposit.checkout_ref))
    books.settle()
    assert books.run(lambda uow: uow.get(Deposit, deposit.id, "gone")).state == "expired"
    assert books.organisation("organisation_available", organisation) == "0.00"


def test_a_deposit_paid_before_its_page_was_recorded_is_credited(books: Books) -> None:
    organisation = new_id()
    started = books.run(lambda uow: deposits.start(uow, organisation, usd("20"), "https://x.test"))
    ask = books.run(lambda uow: deposits.ask(uow, started.id))
    sent = books.processor.send(ask, f"checkout:{started.id}:1")
    books.processor.pay(sent.ref)  # type: ignore[union-attr]
    hearing.hear(books.database, books.processor)
    chores.send_due(books.database, books.processor)
    deposit = books.run(lambda uow: uow.get(Deposit, started.id, "gone"))
    assert (deposit.state, deposit.checkout_ref) == ("paid", sent.ref)  # type: ignore[union-attr]
    assert books.organisation("organisation_available", organisation) == "20.00"


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("4.99", "deposit_out_of_range"),
        ("100000.01", "deposit_out_of_range"),
        ("10.001", "amount_not_whole"),
    ],
)
def test_an_amount_no_card_can_pay_is_refused(books: Books, amount: str, code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        books.run(lambda uow: deposits.start(uow, new_id(), usd(amount), "https://here.test"))
    assert isinstance(refusal.value, Refused)
    assert refusal.value.code == code


def test_a_deposit_of_somebody_else_is_missing(books: Books) -> None:
    deposit = books.open_deposit(new_id(), "20")
    with pytest.raises(Missing):
        books.run(lambda uow: queries.deposit(uow, new_id(), deposit.id))


def test_an_amount_other_than_asked_for_is_not_credited(books: Books) -> None:
    organisation = new_id()
    deposit = books.open_deposit(organisation, "20")
    with books.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE pretend_objects SET minor = 1999")
    books.processor.pay(str(deposit.checkout_ref))
    assert hearing.hear(books.database, books.processor) is not None
    assert books.organisation("organisation_available", organisation) == "0.00"
