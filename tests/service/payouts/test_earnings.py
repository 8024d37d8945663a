"""Workers are paid once per assignment, and may have the money when it has matured."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kernel.errors import Refused
from kernel.types import new_id
from payouts import earnings, funding, queries
from payouts.models import Deposit
from tests.service.payouts.stories import Books, usd


def test_an_approval_pays_the_worker_and_the_fee_from_the_reserve(books: Books) -> None:
    job, _ = books.a_funded_job("10", reserved="3")
    worker = new_id()
    approval = books.an_approval(job, worker, reward="1", fee="0.2")
    assert books.run(lambda uow: earnings.approve_many(uow, [approval])) == 1
    assert books.journal("approve", approval.assignment_ref) == {
        "job_reserved": "1.20",
        "worker_pending": "-1.00",
        "platform_fee": "-0.20",
    }
    money = books.run(lambda uow: queries.job_money(uow, job, "USD"))
    assert (money.reserved, money.paid, money.fees) == (usd("1.8"), usd("1"), usd("0.2"))
    assert books.broken() == []


def test_an_assignment_is_paid_at_most_once_ever(books: Books) -> None:
    job, organisation = books.a_funded_job("10", reserved="6")
    approval = books.an_approval(job, new_id(), reward="1")
    paid = [
        books.run(lambda uow: earnings.approve_many(uow, [approval, approval])),
        books.run(lambda uow: earnings.approve_many(uow, [approval])),
        books.run(
            lambda uow: earnings.pay_won_appeal(uow, approval, organisation, reserve_held=False)
        ),
    ]
    assert paid == [1, 0, 0]
    assert books.worker("worker_pending", approval.worker) == "1.00"


def test_a_job_without_fee_is_paid_without_a_fee_line(books: Books) -> None:
    job, _ = books.a_funded_job("10", reserved="1")
    approval = books.an_approval(job, new_id(), reward="1", fee="0")
    books.run(lambda uow: earnings.approve_many(uow, [approval]))
    assert "platform_fee" not in books.journal("approve", approval.assignment_ref)
    assert books.broken() == []


def test_an_approval_without_reserve_is_refused(books: Books) -> None:
    job, _ = books.a_funded_job("10", reserved="1")
    approval = books.an_approval(job, new_id(), reward="1", fee="0.2")
    with pytest.raises(Refused):
        books.run(lambda uow: earnings.approve_many(uow, [approval]))
    assert books.count("earnings") == 0


def test_a_won_appeal_is_paid_from_a_reserve_that_is_still_held(books: Books) -> None:
    job, organisation = books.a_funded_job("10", reserved="1.2")
    approval = books.an_approval(job, new_id(), reward="1")
    books.run(lambda uow: earnings.pay_won_appeal(uow, approval, organisation, reserve_held=True))
    assert books.job("job_reserved", job) == "0.00"
    assert books.job("job_budget", job) == "8.80"


def test_a_won_appeal_without_reserve_is_paid_by_budget_organisation_and_bad_debt(
    books: Books,
) -> None:
    job, organisation = books.a_funded_job("0.5")
    books.give(organisation, "0.3")
    approval = books.an_approval(job, new_id(), reward="1")
    books.run(lambda uow: earnings.pay_won_appeal(uow, approval, organisation, reserve_held=False))
    assert books.journal("approve", approval.assignment_ref) == {
        "job_budget": "0.50",
        "organisation_available": "0.30",
        "bad_debt": "0.40",
        "worker_pending": "-1.00",
        "platform_fee": "-0.20",
    }
    money = books.run(lambda uow: queries.job_money(uow, job, "USD"))
    assert money.funded + money.covered == money.paid + money.fees
    assert books.broken() == []


def test_a_bonus_is_paid_by_the_organisation(books: Books) -> None:
    job, organisation = books.a_funded_job("10")
    books.give(organisation, "5")
    approval = replace(books.an_approval(job, new_id(), "2", "0.4"), assignment_ref="bonus:1")
    assert books.run(lambda uow: earnings.bonus(uow, approval, organisation)) == 1
    assert books.organisation("organisation_available", organisation) == "2.60"
    assert books.worker("worker_pending", approval.worker) == "2.00"
    assert books.broken() == []


def test_an_earning_matures_when_its_hold_ends_exactly_once(books: Books) -> None:
    job, _ = books.a_funded_job("10", reserved="2.4")
    worker = new_id()
    held = books.clock.now() + timedelta(days=3)
    approvals = [books.an_approval(job, worker, "1", at=held) for _ in range(2)]
    books.run(lambda uow: earnings.approve_many(uow, approvals))
    assert books.run(earnings.mature) == 0
    books.clock.advance(timedelta(days=3, seconds=1))
    assert [books.run(earnings.mature) for _ in range(2)] == [2, 0]
    assert books.worker("worker_available", worker) == "2.00"
    assert books.worker("worker_pending", worker) == "0.00"
    assert books.broken() == []


def test_earnings_wait_for_the_first_deposit_of_a_new_organisation(books: Books) -> None:
    organisation, job, worker = new_id(), new_id(), new_id()
    books.pay_in(organisation, "100")
    books.run(lambda uow: funding.fund(uow, job, organisation, usd("50"), "f"))
    books.run(lambda uow: funding.reserve(uow, job, usd("50"), "r"))
    approval = books.an_approval(job, worker, "1")
    books.run(lambda uow: earnings.approve_many(uow, [approval]))
    books.pass_days(6.9)
    assert books.worker("worker_available", worker) == "0.00"
    books.pass_days(0.2)
    assert books.worker("worker_available", worker) == "1.00"
    assert books.broken() == []


def test_a_known_organisation_waits_for_clearing_only(books: Books) -> None:
    organisation = new_id()
    books.pay_in(organisation, "100")
    books.pass_days(8)
    second = books.pay_in(organisation, "100")
    assert second.matures_at == second.available_on


def test_money_matures_only_after_the_processor_has_been_seen_to_clear_it(books: Books) -> None:
    organisation, job = new_id(), new_id()
    books.pay_in(organisation, "100")
    books.run(lambda uow: funding.fund(uow, job, organisation, usd("50"), "f"))
    books.run(lambda uow: funding.reserve(uow, job, usd("50"), "r"))
    approval = books.an_approval(job, new_id(), "1")
    books.run(lambda uow: earnings.approve_many(uow, [approval]))
    books.clock.advance(timedelta(days=8))
    assert books.run(earnings.mature) == 0
    books.settle()
    assert books.worker("worker_available", approval.worker) == "1.00"


def test_a_worker_sees_every_state_of_their_money(books: Books) -> None:
    worker = new_id()
    books.earn(worker, "5")
    job, _ = books.a_funded_job("10", reserved="2.4")
    later = books.clock.now() + timedelta(days=3)
    waiting = books.an_approval(job, worker, "2", at=later)
    books.run(lambda uow: earnings.approve_many(uow, [waiting]))
    books.withdraw(worker, "1.5")
    (shown,) = books.run(lambda uow: queries.worker_balances(uow, worker))
    assert (shown.pending, shown.available, shown.in_transit) == (usd("2"), usd("3.5"), usd("1.5"))
    assert [(part.amount, part.available_at) for part in shown.parts] == [(usd("2"), later)]
    found = books.run(lambda uow: queries.earning_of(uow, [waiting.assignment_ref, "none"]))
    assert found[waiting.assignment_ref].amount == usd("2")
    assert not found[waiting.assignment_ref].is_available
    lines = books.run(lambda uow: queries.journals(uow, f"worker:{worker}"))
    assert lines[0].kind == "withdraw"
    older = books.run(lambda uow: queries.journals(uow, f"worker:{worker}", lines[1].journal_id))
    assert {line.journal_id for line in older}.isdisjoint({line.journal_id for line in lines[:2]})


def test_an_organisation_sees_what_has_not_cleared_yet(books: Books) -> None:
    organisation = new_id()
    deposit = books.pay_in(organisation, "100")
    (balance,) = books.run(lambda uow: queries.organisation_balances(uow, organisation))
    assert (balance.available, balance.uncleared) == (usd("100"), usd("100"))
    books.pass_days(2.1)
    (balance,) = books.run(lambda uow: queries.organisation_balances(uow, organisation))
    assert (balance.available, balance.uncleared) == (usd("100"), usd("0"))
    assert books.run(lambda uow: uow.get(Deposit, deposit.id, "gone")).state == "cleared"
