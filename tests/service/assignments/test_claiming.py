"""Claiming: lanes, limits and refusals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from kernel.clock import Clock
from kernel.db import Database
from kernel.errors import Conflict
from marketplace.assignments import leasing
from marketplace.assignments.handout import claiming
from marketplace.assignments.handout.claiming import Claim
from marketplace.assignments.models import Assignment
from marketplace.assignments.states import AssignmentState
from marketplace.jobs import publishing
from marketplace.jobs.models import Job, Task
from tests import factories as make
from tests.factories import worker_id
from tests.service.assignments.claims import a_job_and_a_worker


def texts(claims: Sequence[Claim]) -> list[str]:
    """Return what the claimed tasks show, in the order of the tasks."""
    return sorted(claim.data["text"] for claim in claims)


def test_many_tasks_are_claimed_at_once_and_the_next_claim_goes_on(database: Database) -> None:
    job, worker = a_job_and_a_worker(database)
    assert texts(make.claim(database, worker, job.id, 3)) == ["text 1", "text 2", "text 3"]
    assert texts(make.claim(database, worker, job.id, 3)) == ["text 4", "text 5"]


def test_a_higher_priority_goes_before_position(database: Database) -> None:
    tasks = [make.a_task("late", priority=-5), make.a_task("usual"), make.a_task("now", priority=9)]
    with database.unit_of_work() as uow:
        job, worker = make.a_published_job(uow, tasks), make.a_worker(uow)
    order = [make.claim(database, worker, job.id)[0].data["text"] for _ in tasks]
    assert order == ["now", "usual", "late"]


def test_reopened_tasks_go_before_the_first_pass(database: Database) -> None:
    job, worker = a_job_and_a_worker(database)
    with database.unit_of_work() as uow:
        last = (Task.job_id == job.id, Task.data["text"].astext == "text 5")
        uow.session.execute(update(Task).where(*last).values(lane=0))
    assert texts(make.claim(database, worker, job.id)) == ["text 5"]
    assert texts(make.claim(database, worker, job.id)) == ["text 1"]


def test_the_cursor_wraps_round_to_what_became_free_behind_it(database: Database) -> None:
    job, worker = a_job_and_a_worker(database, 3)
    make.claim(database, worker, job.id, 2)
    first = (Task.job_id == job.id, Task.data["text"].astext == "new")
    with database.unit_of_work() as uow:
        mine = uow.session.get_one(Job, job.id)
        make.add_tasks(uow, mine, [make.a_task("new")])
        uow.session.execute(update(Task).where(*first).values(rank=1))
        publishing.open_slots(uow, mine)
    assert texts(make.claim(database, worker, job.id)) == ["text 3"]
    assert texts(make.claim(database, worker, job.id)) == ["new"]


def test_what_was_returned_or_ran_out_comes_back_last(database: Database, clock: Clock) -> None:
    job, worker = a_job_and_a_worker(database, 4, answers_min=1, answers_max=1)
    claims = {claim.data["text"]: claim for claim in make.claim(database, worker, job.id, 2)}
    with database.unit_of_work() as uow:
        leasing.give_back(uow, worker_id(worker), claims["text 1"].outward_id)
    clock.advance(timedelta(hours=2))
    with database.unit_of_work() as uow:
        for job_id, ids in leasing.overdue(uow).items():
            if job_id == job.id:
                leasing.end_claims(uow, job_id, ids, AssignmentState.EXPIRED)
    assert texts(make.claim(database, worker, job.id, 2)) == ["text 3", "text 4"]
    assert texts(make.claim(database, worker, job.id, 2)) == ["text 1", "text 2"]


def test_a_returned_task_goes_to_others_first(database: Database) -> None:
    job, worker = a_job_and_a_worker(database)
    [claim] = make.claim(database, worker, job.id)
    with database.unit_of_work() as uow:
        leasing.give_back(uow, worker_id(worker), claim.outward_id)
        other = make.a_worker(uow)
    make.claim(database, other, job.id)
    assert texts(make.claim(database, worker, job.id)) == ["text 2"]


def test_a_task_reported_as_broken_is_never_offered_again_to_who_reported_it(
    database: Database,
) -> None:
    job, worker = a_job_and_a_worker(database, 1)
    [claim] = make.claim(database, worker, job.id)
    with database.unit_of_work() as uow:
        leasing.report(uow, worker_id(worker), claim.outward_id, "unreadable")
        other = make.a_worker(uow)
    assert make.claim(database, worker, job.id) == ()
    assert texts(make.claim(database, other, job.id)) == ["text 1"]


def test_a_task_returned_once_and_reported_later_is_never_offered_again(
    database: Database,
) -> None:
    job, worker = a_job_and_a_worker(database, 1)
    [first] = make.claim(database, worker, job.id)
    with database.unit_of_work() as uow:
        leasing.give_back(uow, worker_id(worker), first.outward_id)
    [second] = make.claim(database, worker, job.id)
    with database.unit_of_work() as uow:
        leasing.report(uow, worker_id(worker), second.outward_id, "unreadable")
    assert make.claim(database, worker, job.id) == ()


def test_an_answered_task_is_never_offered_again(database: Database) -> None:
    job, worker = a_job_and_a_worker(database, 1)
    make.submit(database, worker, make.given(make.claim(database, worker, job.id)[0]))
    with database.unit_of_work(worker) as uow:
        handout = claiming.claim(uow, job.id, 1, Random(1))
    assert handout.claims == ()
    assert handout.reason is not None
    assert handout.reason[0] == "no_task_now"


def test_a_worker_holds_at_most_as_many_as_the_job_allows(database: Database) -> None:
    job, worker = a_job_and_a_worker(database, 9, claims_max=4)
    assert len(make.claim(database, worker, job.id, 3)) == 3
    assert len(make.claim(database, worker, job.id, 3)) == 1
    with pytest.raises(Conflict) as refusal:
        make.claim(database, worker, job.id)
    assert refusal.value.code == "claims_held"


def test_a_claim_may_be_limited_to_named_tasks(database: Database) -> None:
    with database.unit_of_work() as uow:
        job = make.a_published_job(uow, make.some_tasks(5, gold=2), gold_every=2)
        worker = make.a_worker(uow)
        named = {"text 4", "text 2", "check 2"}
        ids = [
            task.id
            for task in uow.session.scalars(select(Task).where(Task.job_id == job.id))
            if task.data["text"] in named
        ]
    with database.unit_of_work(worker) as uow:
        handout = claiming.claim(uow, job.id, 20, Random(1), only=ids)
    assert {claim.data["text"] for claim in handout.claims} == named


def test_the_outward_ids_of_a_batch_do_not_follow_the_order_of_tasks(database: Database) -> None:
    """Gold is often imported last: sorted ids must not give it away."""
    job, worker = a_job_and_a_worker(database, 20)
    claims = make.claim(database, worker, job.id, 20)
    by_id = [claim.data["text"] for claim in sorted(claims, key=lambda claim: claim.id)]
    by_position = [f"text {number}" for number in range(1, 21)]
    assert by_id != by_position
    assert [claim.data["text"] for claim in claims] != by_position


def test_a_claim_is_stamped_with_versions_price_and_a_lease_that_grows(
    database: Database,
) -> None:
    job, worker = a_job_and_a_worker(database, lease_seconds=60, lease_seconds_max=150)
    [one] = make.claim(database, worker, job.id)
    two = make.claim(database, worker, job.id, 2)
    assert one.deadline_at - one.claimed_at == timedelta(seconds=60)
    assert {claim.deadline_at - claim.claimed_at for claim in two} == {timedelta(seconds=120)}
    with database.unit_of_work() as uow:
        row = uow.get(Assignment, (job.id, one.id), "no claim")
        assert (row.guidelines_version, row.interface_version, row.price_version) == (1, 1, 1)
        assert (row.reward_micros, row.fee_micros) == (100_000, 15_000)
        assert row.deadline_max_at - row.claimed_at == timedelta(seconds=150)
        assert row.gold_version is None
