"""The end of claims: given back, skipped, reported, run out; and their extension."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kernel.clock import Clock
from kernel.db import Database
from kernel.errors import Conflict, Missing
from kernel.events import OutboxRow
from kernel.identity import Identity
from kernel.money import Money
from marketplace.assignments import leasing
from marketplace.assignments.handout.claiming import Claim
from marketplace.assignments.models import Assignment, Enrolment
from marketplace.assignments.states import AssignmentState
from marketplace.jobs import pricing, queries, slots
from marketplace.jobs.models import Task
from tests import factories as make
from tests.factories import worker_id

S = AssignmentState


def some_claims(
    database: Database, count: int = 1, **columns: Any
) -> tuple[Identity, Sequence[Claim]]:
    """Publish a job and let a worker claim all its tasks."""
    with database.unit_of_work() as uow:
        job = make.a_published_job(uow, make.some_tasks(count), **columns)
        worker = make.a_worker(uow)
    return worker, make.claim(database, worker, job.id, count)


def row_of(database: Database, claim: Claim) -> Assignment:
    """Read an assignment afresh."""
    with database.unit_of_work() as uow:
        return uow.get(Assignment, (claim.job_id, claim.id), "no claim")


def task_of(database: Database, claim: Claim) -> Task:
    """Read a claim's task afresh."""
    task_id = row_of(database, claim).task_id
    with database.unit_of_work() as uow:
        return uow.get(Task, (claim.job_id, task_id), "no task")


def told(database: Database, claim: Claim) -> set[str]:
    """Name the news about a job."""
    about = OutboxRow.key == str(claim.job_id)
    with database.unit_of_work() as uow:
        return {
            name.rpartition(".")[2]
            for name in uow.session.scalars(select(OutboxRow.name).where(about))
        }


def sweep(database: Database, claim: Claim) -> int:
    """End what has run out on a job, in its own unit of work; return how many claims there were."""
    with database.unit_of_work() as uow:
        ids = leasing.overdue(uow).get(claim.job_id, [])
    return database.run(lambda uow: leasing.end_claims(uow, claim.job_id, ids, S.EXPIRED))


def test_a_returned_task_is_free_for_others_without_penalty(database: Database) -> None:
    worker, [claim] = some_claims(database)
    assert (task_of(database, claim).slots_open, task_of(database, claim).slots_taken) == (1, 1)
    with database.unit_of_work() as uow:
        leasing.give_back(uow, worker_id(worker), claim.outward_id)
    task = task_of(database, claim)
    assert (task.slots_open, task.slots_taken, task.lane) == (2, 0, 0)
    assert row_of(database, claim).state == S.RETURNED
    assert "ClaimsEnded" in told(database, claim)
    with database.unit_of_work() as uow:
        assert uow.get(Enrolment, (claim.job_id, worker.worker_id), "nobody").skipped_in_row == 0


def test_a_skip_keeps_its_reason_and_counts_in_a_row(database: Database) -> None:
    worker, claims = some_claims(database, 2)
    for claim in claims:
        with database.unit_of_work() as uow:
            leasing.skip(uow, worker_id(worker), claim.outward_id, "too blurred")
    row = row_of(database, claims[0])
    assert (row.state, row.reason) == (S.SKIPPED, "too blurred")
    with database.unit_of_work() as uow:
        enrolment = uow.get(Enrolment, (claims[0].job_id, worker.worker_id), "nobody")
        assert enrolment.skipped_in_row == 2


def test_a_report_is_counted_on_the_task_and_told(database: Database) -> None:
    worker, [claim] = some_claims(database)
    with database.unit_of_work() as uow:
        leasing.report(uow, worker_id(worker), claim.outward_id, "unreadable: all black")
    row, task = row_of(database, claim), task_of(database, claim)
    assert (row.state, row.reason) == (S.BROKEN, "unreadable: all black")
    assert (task.broken_reports, task.slots_open) == (1, 2)
    assert {"ClaimsEnded", "TaskReported"} <= told(database, claim)


def test_a_claim_ends_once(database: Database) -> None:
    worker, [claim] = some_claims(database)
    with database.unit_of_work() as uow:
        leasing.give_back(uow, worker_id(worker), claim.outward_id)
    for end in (leasing.give_back, leasing.extend):
        with pytest.raises(Conflict) as refusal, database.unit_of_work() as uow:
            end(uow, worker_id(worker), claim.outward_id)
        assert refusal.value.code == "claim_ended"
    assert task_of(database, claim).slots_open == 2


def test_nobody_ends_or_extends_the_claim_of_somebody_else(database: Database) -> None:
    _, [claim] = some_claims(database)
    [other] = make.some_workers(database, 1)
    for end in (leasing.give_back, leasing.extend):
        with pytest.raises(Missing), database.unit_of_work() as uow:
            end(uow, worker_id(other), claim.outward_id)
    assert row_of(database, claim).state == S.CLAIMED


def test_all_a_worker_holds_goes_back_at_once(database: Database) -> None:
    worker, claims = some_claims(database, 3)
    with database.unit_of_work() as uow:
        other = make.a_published_job(uow, make.some_tasks(2)).id
    elsewhere = make.claim(database, worker, other, 2)
    make.submit(database, worker, make.given(claims[0]))
    with database.unit_of_work() as uow:
        assert leasing.give_back_all(uow, worker_id(worker), claims[0].job_id) == 2
    assert row_of(database, elsewhere[0]).state == S.CLAIMED
    with database.unit_of_work() as uow:
        assert leasing.give_back_all(uow, worker_id(worker)) == 2
    assert row_of(database, claims[0]).state == S.SUBMITTED


def test_an_extension_adds_one_lease_from_now_up_to_the_maximum(
    database: Database, clock: Clock
) -> None:
    worker, [claim] = some_claims(database, lease_seconds=60, lease_seconds_max=150)

    def extend() -> timedelta:
        with database.unit_of_work() as uow:
            deadline = leasing.extend(uow, worker_id(worker), claim.outward_id)
            return deadline - uow.now

    clock.advance(timedelta(seconds=50))
    assert extend() == timedelta(seconds=60)
    clock.advance(timedelta(seconds=55))
    assert extend() < timedelta(seconds=46)
    assert row_of(database, claim).deadline_at == row_of(database, claim).deadline_max_at
    with pytest.raises(Conflict) as refusal:
        extend()
    assert refusal.value.code == "extension_used_up"
    clock.advance(timedelta(seconds=60))
    with pytest.raises(Conflict) as refusal:
        extend()
    assert refusal.value.code == "claim_ended"


def test_a_batch_has_longer_than_one_lease_and_an_extension_takes_none_of_it(
    database: Database,
) -> None:
    worker, claims = some_claims(database, 3, lease_seconds=60)
    with database.unit_of_work() as uow:
        deadline = leasing.extend(uow, worker_id(worker), claims[0].outward_id)
    assert deadline == claims[0].deadline_at


def test_claims_run_out_after_their_deadline_and_grace(database: Database, clock: Clock) -> None:
    worker, claims = some_claims(database, 2, lease_seconds=60)
    make.submit(database, worker, make.given(claims[0]))
    clock.advance(timedelta(seconds=122))
    assert sweep(database, claims[0]) == 0
    clock.advance(timedelta(seconds=5))
    assert sweep(database, claims[0]) == 1
    assert row_of(database, claims[1]).state == S.EXPIRED
    assert task_of(database, claims[1]).slots_open == 2
    assert sweep(database, claims[0]) == 0


def test_a_thousand_claims_run_out_in_a_fixed_number_of_statements(
    database: Database, clock: Clock
) -> None:
    with database.unit_of_work() as uow:
        job_id = make.a_published_job(
            uow, make.some_tasks(200), answers_min=5, answers_max=5, claims_max=1_000
        ).id
    for worker in make.some_workers(database, 5):
        while claims := make.claim(database, worker, job_id, 20):
            [last] = claims[:1]
    clock.advance(timedelta(hours=2))
    with make.counted(database) as statements, database.unit_of_work() as uow:
        ids = leasing.overdue(uow)[job_id]
        ended = leasing.end_claims(uow, job_id, ids, S.EXPIRED)
    assert ended == len(ids) > 900
    assert len(statements) <= 6
    assert sweep(database, last) == 1_000 - ended


def test_an_answer_in_time_and_the_sweep_never_both_win(database: Database, clock: Clock) -> None:
    worker, claims = some_claims(database, 20, lease_seconds=60, claims_max=20)
    clock.advance(timedelta(hours=1, seconds=4))

    def answer(claim: Claim) -> str:
        return make.submit(database, worker, make.given(claim))[0].status

    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(answer, claim) for claim in claims]
        clock.advance(timedelta(seconds=2))
        for _ in range(20):
            sweep(database, claims[0])
        statuses = [each.result() for each in answers]
    states = [row_of(database, claim).state for claim in claims]
    sweep(database, claims[0])
    for status, state in zip(statuses, states, strict=True):
        assert (status == "accepted") == (state == S.SUBMITTED)


def test_a_claim_extended_after_it_was_seen_to_run_out_lives_on(
    database: Database, clock: Clock
) -> None:
    worker, [claim] = some_claims(database, lease_seconds=60)
    clock.advance(timedelta(seconds=64))
    with database.unit_of_work() as early:
        clock.advance(timedelta(seconds=2))
        with database.unit_of_work() as uow:
            seen = leasing.overdue(uow)[claim.job_id]
        leasing.extend(early, worker_id(worker), claim.outward_id)
    with database.unit_of_work() as uow:
        assert leasing.end_claims(uow, claim.job_id, seen, S.EXPIRED) == 0
    assert row_of(database, claim).state == S.CLAIMED


@pytest.mark.parametrize("reward", ["0.05", "0.10", "0.40"])
def test_a_claim_of_an_older_price_comes_back_at_today_s(database: Database, reward: str) -> None:
    worker, claims = some_claims(database, 2)
    with database.unit_of_work() as uow:
        job = queries.job(uow, claims[0].job_id)
        job.expected_seconds = 5
        pricing.change_price(uow, job, Money.parse(reward, "USD"))
    with database.unit_of_work() as uow:
        leasing.give_back(uow, worker_id(worker), claims[0].outward_id)
    assert task_of(database, claims[0]).slots_open == 2  # the reserve is held true by the fixture


def test_a_slot_the_budget_no_longer_reaches_waits_for_money(database: Database) -> None:
    with database.unit_of_work() as uow:
        job = make.a_published_job(uow, make.some_tasks(1), budget="0.50")
        worker = make.a_worker(uow)
    [claim] = make.claim(database, worker, job.id)
    with database.unit_of_work() as uow:
        pricing.change_price(uow, queries.job(uow, job.id), Money.parse("0.20", "USD"))
    with database.unit_of_work() as uow:
        job = queries.job(uow, job.id)
        pricing.change_price(uow, job, Money.parse("0.30", "USD"))
    with database.unit_of_work() as uow:
        leasing.give_back(uow, worker_id(worker), claim.outward_id)
    task = task_of(database, claim)
    assert (task.slots_open, task.slots_taken, task.waits_for_money) == (1, 0, True)


def test_a_claim_may_only_end_in_a_state_that_frees_its_slot(database: Database) -> None:
    worker, [claim] = some_claims(database)
    with pytest.raises(AssertionError), database.unit_of_work() as uow:
        leasing.end_claims(uow, claim.job_id, [claim.id], S.APPROVED)
    assert row_of(database, claim).state == S.CLAIMED


def test_a_claim_that_ends_on_a_settled_task_opens_nothing_and_frees_its_money(
    database: Database,
) -> None:
    worker, (claim,) = some_claims(database)
    task = task_of(database, claim)
    with database.unit_of_work() as uow:
        uow.get(Task, (task.job_id, task.id), "no task", lock=True).state = "settled"
        reserved = slots.reserved(uow, queries.job(uow, claim.job_id))
        cost = queries.slot_cost(uow, queries.job(uow, claim.job_id))
    database.run(lambda uow: leasing.give_back(uow, worker_id(worker), claim.outward_id))
    left = task_of(database, claim)
    assert (left.slots_open, left.slots_taken) == (task.slots_open, 0)
    with database.unit_of_work() as uow:
        assert slots.reserved(uow, queries.job(uow, claim.job_id)) == reserved - cost
