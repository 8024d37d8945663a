"""A bank takes a payment back: who bears it, in which order, and what happens when we win."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from kernel.errors import Refused
from kernel.types import new_id
from payouts import bonuses, earnings, funding
from payouts.bonuses import Gift
from payouts.books import closing
from payouts.gateway import ChargebackSeen
from payouts.models import Deposit, Funding, Journal
from payouts.recovery import chargebacks, freezing
from payouts.transit import refunds
from payouts.webhooks import hearing
from payouts.webhooks.models import Chargeback
from tests.service.payouts.stories import Books, usd


@pytest.fixture
def paid(books: Books) -> Deposit:
    """A cleared deposit of 100: 40 in a job's budget, 10 promised there, 50 free."""
    organisation, job = new_id(), new_id()
    books.pay_in(new_id(), "500")
    deposit = books.pay_in(organisation, "100")
    books.pass_days(3)
    books.run(lambda uow: funding.fund(uow, job, organisation, usd("50"), f"fund {job}"))
    books.run(lambda uow: funding.reserve(uow, job, usd("10"), f"reserve {job}"))
    return deposit


def object_to(books: Books, deposit: Deposit, amount: str = "100") -> str:
    ref = books.processor.object_to(str(deposit.checkout_ref), usd(amount))
    hearing.hear(books.database, books.processor)
    return ref


def decide(books: Books, ref: str, *, is_won: bool) -> None:
    books.processor.decide(ref, is_won=is_won)
    hearing.hear(books.database, books.processor)


def seen(books: Books, ref: str) -> Chargeback:
    return books.run(lambda uow: uow.get(Chargeback, ref, "gone"))


def job_of(books: Books) -> UUID:
    latest = select(Funding.job).order_by(Funding.at.desc()).limit(1)
    return books.run(lambda uow: uow.session.scalars(latest).one())


def line_of(books: Books, ref: str) -> str:
    taken = select(Journal.ref).where(Journal.source == f"chargeback:{ref}")
    return books.run(
        lambda uow: uow.session.scalars(taken.where(Journal.kind == "chargeback")).one()
    )


def shown(books: Books, ref: str) -> ChargebackSeen:
    found = books.processor.read(ref)
    assert isinstance(found, ChargebackSeen)
    return found


def test_what_a_bank_takes_is_owed_and_its_price_is_ours(books: Books, paid: Deposit) -> None:
    ref = object_to(books, paid, "30")
    line = line_of(books, ref)
    assert books.journal("chargeback", line) == {
        "chargeback_receivable": "30.00",
        "processor_available": "-30.00",
    }
    assert books.journal("dispute_cost", line) == {
        "dispute_cost": "15.00",
        "processor_available": "-15.00",
    }
    assert books.broken() == []


def test_free_money_pays_first_then_unpromised_budgets_and_never_promised_money(
    books: Books, paid: Deposit
) -> None:
    job = job_of(books)
    ref = object_to(books, paid)
    assert books.journal("recover", f"{ref}/1") == {
        "organisation_available": "50.00",
        "job_budget": "40.00",
        "chargeback_receivable": "-90.00",
    }
    assert books.job("job_reserved", job) == "10.00"
    assert books.organisation("chargeback_receivable", paid.organisation) == "10.00"
    assert seen(books, ref).owed_micros == usd("10").micros
    assert books.broken() == []


def test_what_comes_free_later_is_sought_again(books: Books, paid: Deposit) -> None:
    job = job_of(books)
    ref = object_to(books, paid)
    books.run(lambda uow: funding.release(uow, job, usd("4"), "given up"))
    assert books.run(chargebacks.recover_all) == 1
    assert seen(books, ref).owed_micros == usd("6").micros
    assert books.run(chargebacks.recover_all) == 0
    assert books.broken() == []


def test_a_worker_keeps_what_was_earned(books: Books, paid: Deposit) -> None:
    job, worker = job_of(books), new_id()
    approval = books.an_approval(job, worker, "8", "1")
    books.run(lambda uow: earnings.approve_many(uow, [approval]))
    ref = object_to(books, paid)
    decide(books, ref, is_won=False)
    assert books.worker("worker_pending", worker) == "8.00"
    assert books.broken() == []


def test_a_lost_one_is_borne_by_the_reserve_then_by_the_platform(
    books: Books, paid: Deposit
) -> None:
    earner, job = new_id(), job_of(books)
    books.run(lambda uow: earnings.approve_many(uow, [books.an_approval(job, earner, "2", "8")]))
    assert books.run(closing.sweep) == 1
    assert books.platform("chargeback_reserve") == "0.80"
    ref = object_to(books, paid)
    decide(books, ref, is_won=False)
    assert books.journal("write_off", f"{ref}/2") == {
        "chargeback_reserve": "0.80",
        "bad_debt": "9.20",
        "chargeback_receivable": "-10.00",
    }
    assert seen(books, ref).state == "lost"
    assert books.broken() == []


def test_winning_gives_back_to_those_who_bore_it_the_last_first(
    books: Books, paid: Deposit
) -> None:
    ref = object_to(books, paid)
    decide(books, ref, is_won=False)
    decide(books, ref, is_won=True)
    assert books.platform("bad_debt") == "0.00"
    assert books.organisation("organisation_available", paid.organisation) == "90.00"
    assert seen(books, ref).owed_micros == 0
    assert books.broken() == []


def test_an_organisation_is_frozen_until_it_wins(books: Books, paid: Deposit) -> None:
    organisation, job = paid.organisation, job_of(books)
    ref = object_to(books, paid, "20")
    gift = Gift(organisation, job, new_id(), "", usd("1"), 0, "for careful work")
    for act in (
        lambda uow: funding.fund(uow, job, organisation, usd("1"), "more"),
        lambda uow: refunds.request(uow, organisation, usd("1")),
        lambda uow: bonuses.give(uow, gift),
    ):
        with pytest.raises(Refused) as refusal:
            books.run(act)
        assert refusal.value.code == "organisation_frozen"
    assert len(books.run(freezing.frozen)) == 1
    decide(books, ref, is_won=True)
    assert books.run(freezing.frozen) == []
    books.run(lambda uow: funding.fund(uow, job, organisation, usd("1"), "more"))
    assert books.broken() == []


def test_an_admin_lets_a_frozen_organisation_go_once_nothing_is_owed(
    books: Books, paid: Deposit
) -> None:
    organisation = paid.organisation
    ref = object_to(books, paid)
    with pytest.raises(Refused) as refusal:
        books.run(lambda uow: chargebacks.lift(uow, organisation))
    assert refusal.value.code == "still_owed"
    decide(books, ref, is_won=False)
    books.run(lambda uow: chargebacks.lift(uow, organisation))
    assert books.run(freezing.frozen) == []


def test_hearing_of_it_again_books_nothing_again(books: Books, paid: Deposit) -> None:
    ref = object_to(books, paid)
    before = books.count("journals")
    for _ in range(2):
        books.run(lambda uow: chargebacks.settle(uow, shown(books, ref), uow.now))
    assert books.count("journals") == before
    assert books.broken() == []


def test_a_charge_that_is_no_deposit_of_ours_moves_nothing(books: Books, paid: Deposit) -> None:
    ref = object_to(books, paid, "5")
    other = replace(shown(books, ref), ref="dp_other", charge_ref="ch_unknown")
    before = books.count("journals")
    assert books.run(lambda uow: chargebacks.settle(uow, other, uow.now))
    assert books.count("journals") == before
