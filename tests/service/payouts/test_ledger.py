"""The ledger posts each fact once, never overdraws, and never deadlocks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.types import new_id
from payouts import accounts, funding, ledger
from payouts.ledger import Draft
from tests.service.payouts.stories import Books, usd


def test_a_journal_moves_both_balances(books: Books) -> None:
    organisation = new_id()
    books.give(organisation, "12.5")
    assert books.organisation("organisation_available", organisation) == "12.50"
    assert books.platform("processor_available") == "12.50"
    assert books.broken() == []


def test_the_same_fact_is_posted_once_and_reported_as_known(books: Books) -> None:
    job, _ = books.a_funded_job("10")
    key = [accounts.job(kind, job, "USD") for kind in ("job_budget", "job_reserved")]
    draft = Draft("reserve", "one", ledger.move(key[0], key[1], usd("3")))
    other = Draft("reserve", "two", ledger.move(key[0], key[1], usd("1")))
    first = books.run(lambda uow: ledger.post_many(uow, [draft, draft]))
    again = books.run(lambda uow: ledger.post_many(uow, [other, draft]))
    assert [report.is_new for report in first] == [True, False]
    assert [report.is_new for report in again] == [True, False]
    assert {first[0].journal_id} == {first[1].journal_id, again[1].journal_id}
    assert books.job("job_reserved", job) == "4.00"


def test_an_overdraft_is_refused_and_the_unit_of_work_goes_on(books: Books) -> None:
    job, _ = books.a_funded_job("10")
    budget = accounts.job("job_budget", job, "USD")
    reserved = accounts.job("job_reserved", job, "USD")

    def work(uow: UnitOfWork) -> None:
        with pytest.raises(Refused) as refusal:
            ledger.post(uow, Draft("reserve", "much", ledger.move(budget, reserved, usd("10.01"))))
        assert refusal.value.code == "balance_short"
        ledger.post(uow, Draft("reserve", "fits", ledger.move(budget, reserved, usd("10"))))

    books.run(work)
    assert books.job("job_budget", job) == "0.00"
    assert books.journal("reserve", "much") == {}


def test_a_batch_is_posted_whole_or_not_at_all(books: Books) -> None:
    job, _ = books.a_funded_job("10")
    budget = accounts.job("job_budget", job, "USD")
    reserved = accounts.job("job_reserved", job, "USD")
    drafts = [Draft("reserve", str(n), ledger.move(budget, reserved, usd("3"))) for n in range(4)]
    with pytest.raises(Refused):
        books.run(lambda uow: ledger.post_many(uow, drafts))
    assert books.job("job_reserved", job) == "0.00"


def test_a_reversal_mirrors_its_journal_and_happens_once(books: Books) -> None:
    job, _ = books.a_funded_job("10")
    budget = accounts.job("job_budget", job, "USD")
    reserved = accounts.job("job_reserved", job, "USD")
    moved = ledger.move(budget, reserved, usd("3"))
    journal_id = books.run(lambda uow: ledger.post(uow, Draft("reserve", "slip", moved)))
    one = books.run(lambda uow: ledger.reverse(uow, journal_id))
    two = books.run(lambda uow: ledger.reverse(uow, journal_id))
    assert one == two
    assert books.job("job_budget", job) == "10.00"
    assert books.broken() == []


def test_sixteen_threads_never_overspend_one_budget(books: Books) -> None:
    job, _ = books.a_funded_job("10")

    def spend(ref: str) -> bool:
        try:
            books.run(lambda uow: funding.reserve(uow, job, usd("0.1"), ref))
        except Refused as refusal:
            assert refusal.code == "budget_short"
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(spend, map(str, range(400)))) == 100
    assert books.job("job_budget", job) == "0.00"
    assert books.job("job_reserved", job) == "10.00"
    assert books.broken() == []


def test_sixteen_threads_post_one_fact_once(books: Books) -> None:
    job, _ = books.a_funded_job("10")
    with ThreadPoolExecutor(16) as pool:
        tries = [
            pool.submit(books.run, lambda uow: funding.reserve(uow, job, usd("1"), "the one"))
            for _ in range(16)
        ]
        for one in tries:
            one.result()
    assert books.job("job_reserved", job) == "1.00"


def test_batches_over_crossing_accounts_do_not_deadlock(books: Books) -> None:
    jobs = [books.a_funded_job("100")[0] for _ in range(8)]

    def shuffle(thread: int) -> None:
        chance = Random(thread)
        for turn in range(15):
            mixed = chance.sample(jobs, len(jobs))
            drafts = [
                Draft(
                    "reserve",
                    f"{thread}/{turn}/{place}",
                    ledger.move(
                        accounts.job("job_budget", job, "USD"),
                        accounts.job("job_reserved", job, "USD"),
                        usd("0.01"),
                    ),
                )
                for place, job in enumerate(mixed)
            ]
            # One try only: a deadlock would surface here instead of being tried again.
            with books.database.unit_of_work() as uow:
                ledger.post_many(uow, drafts)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(shuffle, range(8)))
    assert {books.job("job_reserved", job) for job in jobs} == {"1.20"}
    assert books.broken() == []
