"""Claiming: lanes, limits and refusals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from kernel.clock import Clock
from kernel.db import Database, UnitOfWork
from kernel.errors import Conflict, Denied, Missing
from kernel.identity import Identity
from marketplace.accounts.states import Role
from marketplace.assignments import leasing
from marketplace.assignments.handout import claiming, enrolling
from marketplace.assignments.handout.claiming import Claim
from marketplace.assignments.models import Assignment, Enrolment
from marketplace.assignments.states import ENROLMENT, AssignmentState, EnrolmentState
from marketplace.jobs import publishing, queries, versions
from marketplace.jobs.models import Job, Task
from qualification import exams
from tests import factories as make
from tests.factories import worker_id
from workers import service as worker_service
from workers.models import Worker


def texts(claims: Sequence[Claim]) -> list[str]:
    """Return what the claimed tasks show, in the order of the tasks."""
    return sorted(claim.data["text"] for claim in claims)


def a_job_and_a_worker(database: Database, tasks: int = 5, **columns: Any) -> tuple[Job, Identity]:
    """Publish a plain job and sign a worker up."""
    with database.unit_of_work() as uow:
        return make.a_published_job(uow, make.some_tasks(tasks), **columns), make.a_worker(uow)


def task_of(uow: UnitOfWork, claim: Claim) -> Task:
    """Return the task behind a claim."""
    row = uow.get(Assignment, (claim.job_id, claim.id), "no claim")
    return uow.get(Task, (claim.job_id, row.task_id), "no task")


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


def test_nobody_works_for_their_own_organisation(database: Database) -> None:
    job, worker = a_job_and_a_worker(database)
    colleague = Identity(
        user_id=worker.user_id,
        worker_id=worker.worker_id,
        roles={job.organisation_id: Role.VIEWER},
        is_confirmed=True,
    )
    with pytest.raises(Denied) as refusal:
        make.claim(database, colleague, job.id)
    assert refusal.value.code == "own_organisation"


def test_a_suspended_worker_gets_no_tasks(database: Database) -> None:
    job, worker = a_job_and_a_worker(database)
    make.claim(database, worker, job.id)
    with database.unit_of_work() as uow:
        worker_service.suspend(uow, uow.get(Worker, worker.worker_id, "nobody"), "A reason.")
    with pytest.raises(Denied) as refusal:
        make.claim(database, worker, job.id)
    assert refusal.value.code == "worker_suspended"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (EnrolmentState.PAUSED, "paused_on_job"),
        (EnrolmentState.REMOVED, "removed_from_job"),
    ],
)
def test_who_is_stopped_on_a_job_gets_no_tasks_there(
    database: Database, state: EnrolmentState, code: str
) -> None:
    job, worker = a_job_and_a_worker(database)
    make.claim(database, worker, job.id)
    with database.unit_of_work() as uow:
        enrolment = uow.get(Enrolment, (job.id, worker.worker_id), "nobody")
        ENROLMENT.move(enrolment, state, uow.now)
        enrolment.state_reason = "Too many checks were missed."
        elsewhere = make.a_published_job(uow, make.some_tasks(1)).id
    with pytest.raises(Denied) as refusal:
        make.claim(database, worker, job.id)
    assert refusal.value.code == code
    assert "Too many checks were missed." in refusal.value.sentence
    assert len(make.claim(database, worker, elsewhere)) == 1


@pytest.mark.parametrize("verb", ["pause", "complete", "close", "cancel"])
def test_a_job_that_is_not_open_hands_out_nothing(database: Database, verb: str) -> None:
    job, worker = a_job_and_a_worker(database)
    with database.unit_of_work() as uow:
        state = getattr(publishing, verb)(uow, job).state
    with pytest.raises(Conflict) as refusal:
        make.claim(database, worker, job.id)
    assert refusal.value.code == f"job_{state}"


def test_a_draft_does_not_exist_for_workers(database: Database) -> None:
    job, worker = a_job_and_a_worker(database)
    with database.unit_of_work() as uow:
        uow.session.execute(update(Job).where(Job.id == job.id).values(state="draft"))
    with pytest.raises(Missing):
        make.claim(database, worker, job.id)
    with database.unit_of_work() as uow:
        uow.session.execute(update(Job).where(Job.id == job.id).values(state="open"))


def test_changed_guidelines_are_read_before_the_next_task(database: Database) -> None:
    job, worker = a_job_and_a_worker(database)
    make.claim(database, worker, job.id)
    with database.unit_of_work() as uow:
        versions.change_guidelines(uow, queries.job(uow, job.id), "Dogs are no cats.")
    with pytest.raises(Conflict) as refusal:
        make.claim(database, worker, job.id)
    assert refusal.value.code == "guidelines_changed"
    assert refusal.value.details == {"version": 2}
    with database.unit_of_work() as uow:
        enrolling.confirm_guidelines(uow, worker_id(worker), job.id, 2)
    assert make.claim(database, worker, job.id)[0].guidelines_version == 2


def test_guidelines_nobody_has_written_yet_cannot_be_confirmed(database: Database) -> None:
    job, worker = a_job_and_a_worker(database)
    make.claim(database, worker, job.id)
    with database.unit_of_work() as uow:
        enrolling.confirm_guidelines(uow, worker_id(worker), job.id, 2**40)
        versions.change_guidelines(uow, queries.job(uow, job.id), "Dogs are no cats.")
    with pytest.raises(Conflict) as refusal:
        make.claim(database, worker, job.id)
    assert refusal.value.code == "guidelines_changed"


def test_an_unconfirmed_address_gets_no_tasks(database: Database) -> None:
    job, _ = a_job_and_a_worker(database)
    with database.unit_of_work() as uow:
        worker = make.a_worker(uow, email_confirmed_at=None)
    with pytest.raises(Denied) as refusal:
        make.claim(database, worker, job.id)
    assert refusal.value.code == "email_unconfirmed"


def test_a_requester_who_is_no_worker_gets_no_tasks(database: Database) -> None:
    job, _ = a_job_and_a_worker(database)
    with database.unit_of_work() as uow:
        requester = make.a_requester(uow, make.an_organisation(uow).id)
    with pytest.raises(Denied) as refusal:
        make.claim(database, requester, job.id)
    assert refusal.value.code == "not_a_worker"


def test_an_unmet_requirement_names_the_exam_that_helps(database: Database) -> None:
    with database.unit_of_work() as uow:
        exam_id, asked = an_exam_requirement(uow)
        settings = {"requirements": [asked]}
        job = make.a_published_job(uow, make.some_tasks(2), settings=settings)
        worker = make.a_worker(uow)
    with pytest.raises(Denied) as refusal:
        make.claim(database, worker, job.id)
    assert refusal.value.code == "qualification_missing"
    assert refusal.value.details == {"exam_id": exam_id}
    with database.unit_of_work() as uow:
        assert uow.session.get(Enrolment, (job.id, worker.worker_id)) is None


def test_eligibility_is_looked_at_again_after_an_hour(database: Database, clock: Clock) -> None:
    with database.unit_of_work() as uow:
        asked = {"qualification": "locale", "comparison": "in", "value": ["DE"]}
        job = make.a_published_job(uow, make.some_tasks(4), settings={"requirements": [asked]})
        worker = make.a_worker(uow, country="DE")
    make.claim(database, worker, job.id)
    with database.unit_of_work() as uow:
        uow.get(Worker, worker.worker_id, "nobody").country = "FR"
    assert len(make.claim(database, worker, job.id)) == 1
    clock.advance(timedelta(minutes=61))
    with pytest.raises(Denied) as refusal:
        make.claim(database, worker, job.id)
    assert refusal.value.code == "locale_differs"


def test_newcomers_hold_their_share_of_the_slots_and_no_more(database: Database) -> None:
    rate = {"qualification": "approval_rate", "comparison": ">=", "value": 90, "count_min": 5}
    with database.unit_of_work() as uow:
        job = make.a_published_job(
            uow,
            make.some_tasks(10),
            settings={"requirements": [rate]},
            newcomers_basis_points=2_000,
        )
        first, second = make.a_worker(uow), make.a_worker(uow)
    assert len(make.claim(database, first, job.id, 4)) == 4
    with pytest.raises(Denied) as refusal:
        make.claim(database, second, job.id)
    assert refusal.value.code == "newcomers_full"


def an_exam_requirement(uow: UnitOfWork) -> tuple[object, dict[str, object]]:
    """Add an exam of an organisation; return its id and a requirement of what it grants."""
    question = {"id": "q1", "text": "?", "options": ["a", "b"], "answer": "a", "explanation": ""}
    draft = exams.ExamDraft(
        title="Cats",
        guidelines="Look.",
        questions=[question],
        pass_mark=75,
        seconds_max=120,
        retry_seconds=3_600,
        is_training=False,
        reward_note="",
        name="Cats",
    )
    made = exams.create(uow, "platform", draft)
    asked = {
        "qualification": str(made.exam.type_id),
        "comparison": ">=",
        "value": 75,
        "guards": "accept",
    }
    return made.exam.id, asked
