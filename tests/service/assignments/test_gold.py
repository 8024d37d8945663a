"""Gold among the tasks: as many as the plan says, and none that the worker has seen."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import select, update

from kernel.db import Database
from kernel.types import new_id
from marketplace.assignments import leasing
from marketplace.assignments.handout.gold_plan import GoldPlan
from marketplace.assignments.models import Assignment, Enrolment
from marketplace.jobs.models import Job, Task
from qualification.models import GoldRecord
from tests import factories as make
from tests.factories import worker_id


def a_checked_job(database: Database, gold: int = 10) -> Job:
    """Publish a job in which every other task is gold until three are right, then one in five."""
    with database.unit_of_work() as uow:
        return make.a_published_job(
            uow, make.some_tasks(60, gold=gold), gold_first=3, gold_every=5, claims_max=100
        )


def test_every_other_task_is_gold_until_a_worker_is_proven(database: Database) -> None:
    job = a_checked_job(database)
    [worker] = make.some_workers(database, 1)
    claims = make.claim(database, worker, job.id, 10)
    assert sum(claim.data["text"].startswith("check") for claim in claims) == 5
    with database.unit_of_work() as uow:
        enrolment = uow.get(Enrolment, (job.id, worker.worker_id), "nobody")
        assert (enrolment.claims_count, enrolment.gold_count) == (10, 5)
        versions = uow.session.scalars(
            select(Assignment.gold_version).where(Assignment.worker_id == worker.worker_id)
        ).all()
    assert sorted(versions, key=str) == [1] * 5 + [None] * 5


def test_a_proven_worker_gets_one_gold_task_in_so_many(database: Database) -> None:
    job = a_checked_job(database)
    [worker] = make.some_workers(database, 1)
    with database.unit_of_work() as uow:
        for job_id, right in ((job.id, 3), (new_id(), 9)):
            uow.session.add(
                GoldRecord(
                    job=job_id,
                    worker_id=worker.worker_id,
                    right=right,
                    wrong=0,
                    log_evidence=0.0,
                    evidence={},
                )
            )
    claims = make.claim(database, worker, job.id, 20)
    assert sum(claim.data["text"].startswith("check") for claim in claims) == 4


def test_gold_comes_in_an_order_of_each_worker_s_own(database: Database) -> None:
    job = a_checked_job(database)
    workers = make.some_workers(database, 4)
    seen = {
        frozenset(claim.data["text"] for claim in make.claim(database, worker, job.id, 6))
        for worker in workers
    }
    golds = {frozenset(text for text in texts if text.startswith("check")) for texts in seen}
    assert len(golds) > 1


def test_nobody_gets_the_same_gold_twice_even_after_returning_it(database: Database) -> None:
    job = a_checked_job(database, gold=3)
    [worker] = make.some_workers(database, 1)
    first = make.claim(database, worker, job.id, 6)
    assert sum(claim.data["text"].startswith("check") for claim in first) == 3
    with database.unit_of_work() as uow:
        leasing.give_back_all(uow, worker_id(worker), job.id)
    again = make.claim(database, worker, job.id, 20)
    assert len(again) == 20
    assert not [claim for claim in again if claim.data["text"].startswith("check")]


def test_a_gold_supply_that_is_out_is_filled_up_with_plain_tasks(database: Database) -> None:
    job = a_checked_job(database)
    [worker] = make.some_workers(database, 1)
    gold = (Task.job_id == job.id, Task.lane == 2)
    with database.unit_of_work() as uow:
        left = uow.session.scalars(select(Task.slots_open).where(*gold)).all()
        uow.session.execute(update(Task).where(*gold).values(slots_open=0))
    claims = make.claim(database, worker, job.id, 10)
    assert sorted({claim.data["text"][:4] for claim in claims}) == ["text"]
    assert len(claims) == 10
    with database.unit_of_work() as uow:
        uow.session.execute(update(Task).where(*gold).values(slots_open=left[0]))


def test_gold_is_handed_out_only_beside_real_work(database: Database) -> None:
    with database.unit_of_work() as uow:
        job = make.a_published_job(uow, make.some_tasks(2, gold=5), gold_first=3, gold_every=5)
        worker = make.a_worker(uow)
    assert len(make.claim(database, worker, job.id, 4)) == 4
    assert make.claim(database, worker, job.id, 4) == ()


def test_a_job_without_gold_asks_for_none() -> None:
    assert GoldPlan(first=5, every=0).draw(0, 20, Random(1)) == 0


@pytest.mark.parametrize(("right", "share"), [(0, 0.5), (2, 0.5), (3, 0.2), (99, 0.2)])
def test_single_claims_meet_the_plan_in_the_long_run(right: int, share: float) -> None:
    plan, chance = GoldPlan(first=3, every=5), Random(7)
    drawn = sum(plan.draw(right, 1, chance) for _ in range(4_000))
    assert abs(drawn / 4_000 - share) < 0.03
