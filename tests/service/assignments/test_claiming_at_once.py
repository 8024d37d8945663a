"""Many claims at the same time: every slot goes to one person, and nobody is sent away early."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from random import Random
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select

from kernel.db import Database, UnitOfWork
from kernel.errors import Conflict
from kernel.identity import Identity
from kernel.money import Money
from marketplace.assignments import leasing
from marketplace.assignments.handout import claiming
from marketplace.assignments.handout.claiming import Handout
from marketplace.assignments.models import Assignment
from marketplace.jobs import pricing, queries
from marketplace.jobs.models import Task
from tests import factories as make

THREADS = 16
Given = TypeVar("Given")
Result = TypeVar("Result")


def at_once(work: Callable[[Given], Result], items: Sequence[Given]) -> list[Result]:
    """Do something for every item, sixteen of them at a time."""
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(work, items))


def ask(database: Database, worker: Identity, job_id: UUID, count: int) -> Handout:
    """Claim, and return the reason too."""
    return database.run(lambda uow: claiming.claim(uow, job_id, count, Random(count)), worker)


def test_sixteen_threads_share_six_hundred_slots_exactly(database: Database) -> None:
    with database.unit_of_work() as uow:
        job_id = make.a_published_job(
            uow, make.some_tasks(200), answers_min=3, answers_max=3, claims_max=1_000
        ).id
    workers = make.some_workers(database, THREADS)

    def work(worker: Identity) -> int:
        while True:
            handout = ask(database, worker, job_id, 1 + make.worker_id(worker).int % 3)
            if handout.reason and handout.reason[0] == "no_task_now":
                return open_to(database, worker, job_id)

    started = time.monotonic()
    refused_too_early = [left for left in at_once(work, workers) if left]
    assert refused_too_early == []
    assert time.monotonic() - started < 60
    with database.unit_of_work() as uow:
        rows = uow.session.execute(
            select(Assignment.task_id, Assignment.worker_id).where(Assignment.job_id == job_id)
        ).all()
    assert len(rows) == 600
    assert len(set(rows)) == 600
    assert set(Counter(task_id for task_id, _ in rows).values()) == {3}


def open_to(database: Database, worker: Identity, job_id: UUID) -> int:
    """Count the tasks with a free slot that a worker has not had: after "no task", none."""
    had = select(Assignment.task_id).where(
        Assignment.job_id == job_id, Assignment.worker_id == worker.worker_id
    )
    free = (Task.job_id == job_id, Task.slots_open > 0, Task.id.notin_(had))
    with database.unit_of_work() as uow:
        return uow.session.scalar(select(func.count()).where(*free)) or 0


def test_a_survey_of_one_task_serves_a_thousand_people(database: Database) -> None:
    with database.unit_of_work() as uow:
        job_id = make.a_published_job(
            uow, make.some_tasks(1), answers_min=1_000, answers_max=1_000
        ).id
    workers = make.some_workers(database, 1_000)
    started = time.monotonic()
    handouts = at_once(lambda worker: ask(database, worker, job_id, 1), workers)
    assert Counter(handout.reason for handout in handouts if not handout.claims) == {}
    assert sum(len(handout.claims) for handout in handouts) == 1_000
    assert time.monotonic() - started < 120


def test_one_worker_in_sixteen_windows_holds_no_more_than_allowed(database: Database) -> None:
    with database.unit_of_work() as uow:
        job_id = make.a_published_job(uow, make.some_tasks(60), claims_max=20).id
        worker = make.a_worker(uow)

    def work(_window: int) -> int:
        try:
            return len(ask(database, worker, job_id, 7).claims)
        except Conflict as refusal:
            assert refusal.code == "claims_held"
            return 0

    assert sum(at_once(work, range(THREADS))) == 20
    with database.unit_of_work() as uow:
        held = select(func.count()).where(
            Assignment.job_id == job_id, Assignment.worker_id == worker.worker_id
        )
        assert uow.session.scalar(held) == 20


def test_a_price_that_changes_while_people_claim_leaves_the_reserve_right(
    database: Database,
) -> None:
    with database.unit_of_work() as uow:
        job_id = make.a_published_job(uow, make.some_tasks(40)).id
    workers = make.some_workers(database, 30)

    def work(number: int) -> None:
        if number % 3:
            ask(database, workers[number], job_id, 2)
        else:
            reward = Money(100_000 + 1_000 * number, "USD")
            database.run(lambda uow: pricing.change_price(uow, queries.job(uow, job_id), reward))

    at_once(work, range(30))
    with database.unit_of_work() as uow:
        held = select(func.count()).where(Assignment.job_id == job_id)
        assert uow.session.scalar(held) == 40  # the fixture holds what they and the rest reserve


def test_a_claim_waits_for_a_price_that_is_being_changed_and_pays_the_new_one(
    database: Database,
) -> None:
    with database.unit_of_work() as uow:
        job_id = make.a_published_job(uow, make.some_tasks(5)).id
        worker = make.a_worker(uow)
    make.claim(database, worker, job_id)
    with ThreadPoolExecutor(1) as thread:
        with database.unit_of_work() as uow:
            pricing.change_price(uow, queries.job(uow, job_id), Money.parse("0.25", "USD"))
            waiting = thread.submit(make.claim, database, worker, job_id)
            assert not wait([waiting], timeout=0.5).done
        [claimed] = waiting.result()
    assert claimed.reward == Money.parse("0.25", "USD")


def test_a_claim_given_back_while_the_price_changes_holds_the_new_one(
    database: Database,
) -> None:
    with database.unit_of_work() as uow:
        job_id = make.a_published_job(uow, make.some_tasks(1)).id
        worker = make.a_worker(uow)
    [claimed] = make.claim(database, worker, job_id)

    def give_back(uow: UnitOfWork) -> None:
        leasing.give_back(uow, make.worker_id(worker), claimed.outward_id)

    with ThreadPoolExecutor(1) as thread:
        with database.unit_of_work() as uow:
            pricing.change_price(uow, queries.job(uow, job_id), Money.parse("0.25", "USD"))
            waiting = thread.submit(database.run, give_back)
            assert not wait([waiting], timeout=0.5).done
        waiting.result()
    with database.unit_of_work() as uow:
        open_count = select(func.sum(Task.slots_open)).where(Task.job_id == job_id)
        assert uow.session.scalar(open_count) == 2  # the fixture holds what they reserve
