"""A payment made by mistake is taken back, whatever the worker did with the money meanwhile."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from kernel.errors import Conflict, Missing, Refused
from kernel.types import new_id
from payouts import bonuses, earnings, queries
from payouts.bonuses import Gift
from payouts.books import closing
from payouts.earnings import Approval
from payouts.recovery import correcting
from tests.service.payouts.stories import Books, usd

WHY = "The same answer was paid twice."


@pytest.fixture
def paid(books: Books) -> Approval:
    """An approval of 5 with a fee of 1, whose reward waits three days."""
    job, _ = books.a_funded_job("10", reserved="6")
    later = books.clock.now() + timedelta(days=3)
    approval = books.an_approval(job, new_id(), "5", "1", at=later)
    books.run(lambda uow: earnings.approve_many(uow, [approval]))
    return approval


def take_back(books: Books, approval: Approval) -> str:
    return books.run(lambda uow: correcting.take_back(uow, approval.assignment_ref, WHY)).amount


def test_a_pending_one_goes_back_to_the_job_with_its_fee(books: Books, paid: Approval) -> None:
    assert take_back(books, paid) == "0.00"
    assert books.journal("take_back", paid.assignment_ref) == {
        "worker_pending": "5.00",
        "platform_fee": "1.00",
        "job_budget": "-6.00",
    }
    books.pass_days(4)
    assert books.worker("worker_available", paid.worker) == "0.00"
    money = books.run(lambda uow: queries.job_money(uow, paid.job, "USD"))
    assert (money.budget, money.paid, money.fees) == (usd("10"), usd("0"), usd("0"))
    assert books.broken() == []


def test_a_matured_one_is_taken_from_what_is_available(books: Books, paid: Approval) -> None:
    books.pass_days(4)
    assert books.run(closing.sweep) == 1
    assert take_back(books, paid) == "0.00"
    assert books.worker("worker_available", paid.worker) == "0.00"
    assert books.broken() == []
    assert books.run(closing.sweep) == 1  # the fee goes back the same way
    assert books.broken() == []


def test_what_was_withdrawn_is_owed_and_kept_from_the_next_earnings(
    books: Books, paid: Approval
) -> None:
    books.pay_in(new_id(), "500")
    books.pass_days(4)
    books.withdraw(paid.worker, "4")
    assert take_back(books, paid) == "4.00"
    assert books.worker("worker_receivable", paid.worker) == "4.00"
    books.earn(paid.worker, "3")
    assert books.run(correcting.offset) == 1
    assert books.worker("worker_receivable", paid.worker) == "1.00"
    assert books.worker("worker_available", paid.worker) == "0.00"
    assert books.run(correcting.offset) == 0
    books.pass_days(2)
    assert books.broken() == []


def test_what_nobody_will_ever_pay_is_written_off(books: Books, paid: Approval) -> None:
    books.pay_in(new_id(), "500")
    books.pass_days(4)
    books.withdraw(paid.worker, "5")
    take_back(books, paid)
    books.pass_days(2)
    given_up = books.run(lambda uow: correcting.write_off(uow, paid.worker, "USD", WHY))
    assert given_up == usd("5")
    assert books.platform("bad_debt") == "5.00"
    assert books.broken() == []
    with pytest.raises(Refused):
        books.run(lambda uow: correcting.write_off(uow, paid.worker, "USD", WHY))


def test_a_bonus_goes_back_to_the_organisation(books: Books) -> None:
    job, organisation = books.a_funded_job("10")
    books.give(organisation, "5")
    gift = Gift(organisation, job, new_id(), "", usd("2"), 1_000, "for careful work")
    bonus = books.run(lambda uow: bonuses.give(uow, gift))
    books.run(lambda uow: correcting.take_back(uow, f"bonus:{bonus.id}", WHY))
    assert books.organisation("organisation_available", organisation) == "5.00"
    assert books.broken() == []


def test_an_appeal_that_others_paid_goes_back_to_them(books: Books) -> None:
    job, organisation = books.a_funded_job("0.5")
    approval = books.an_approval(job, new_id(), "1")
    books.run(lambda uow: earnings.pay_won_appeal(uow, approval, organisation, reserve_held=False))
    take_back(books, approval)
    assert (books.platform("bad_debt"), books.job("job_budget", job)) == ("0.00", "0.50")
    assert books.broken() == []


def test_nothing_is_taken_back_twice_or_without_a_reason(books: Books, paid: Approval) -> None:
    take_back(books, paid)
    with pytest.raises(Conflict):
        take_back(books, paid)
    with pytest.raises(Refused):
        books.run(lambda uow: correcting.take_back(uow, paid.assignment_ref, "oops"))
    with pytest.raises(Missing):
        books.run(lambda uow: correcting.take_back(uow, f"assignment:{UUID(int=1)}/x", WHY))
