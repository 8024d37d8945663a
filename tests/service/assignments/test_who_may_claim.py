"""Who gets tasks of a job and who does not, each with the reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from kernel.clock import Clock
from kernel.db import Database, UnitOfWork
from kernel.errors import Conflict, Denied, Missing
from kernel.identity import Identity
from marketplace.accounts.states import Role
from marketplace.assignments.handout import enrolling
from marketplace.assignments.models import Enrolment
from marketplace.assignments.states import ENROLMENT, EnrolmentState
from marketplace.jobs import publishing, queries, versions
from marketplace.jobs.models import Job
from qualification import exams
from tests import factories as make
from tests.factories import worker_id
from tests.service.assignments.claims import a_job_and_a_worker
from workers import service as worker_service
from workers.models import Worker


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
