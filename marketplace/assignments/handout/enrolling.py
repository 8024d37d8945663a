"""Enrolling: a worker's first step onto a job, and the look whether they still qualify."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from kernel.db import UnitOfWork
from kernel.errors import Denied, Missing
from kernel.identity import Identity
from marketplace.assignments.models import Assignment, Enrolment
from marketplace.assignments.states import AssignmentState, EnrolmentState
from marketplace.config import policy
from marketplace.jobs.models import Job, JobRequirement
from marketplace.jobs.states import JobState
from qualification import eligibility
from qualification.eligibility import Reason
from workers.models import Worker


def enrol(uow: UnitOfWork, identity: Identity, job_id: UUID) -> None:
    """Give a worker a place on a job, or look again at one; refuse with the first reason why not.

    Enrolling confirms the guidelines as they stand: the page shows them before the first task.
    """
    if identity.worker_id is None:
        raise Denied("not_a_worker", "Only workers take tasks. Sign up as a worker first.")
    if not identity.is_confirmed:
        raise Denied("email_unconfirmed", "Please confirm your e-mail address first.")
    job = uow.session.get(Job, job_id)
    if job is None or job.state == JobState.DRAFT:
        raise Missing("job_unknown", "There is no such job.")
    worker = uow.get(Worker, identity.worker_id, "There is no such worker.")
    found, is_newcomer = look(uow, worker, job)
    for reason in found:
        raise Denied(reason.code, reason.sentence, exam_id=reason.exam_id)
    uow.session.execute(
        insert(Enrolment)
        .values(
            job_id=job.id,
            worker_id=worker.id,
            state=EnrolmentState.ACTIVE,
            state_at=uow.now,
            guidelines_seen=job.guidelines_version,
            cursor_rank=0,
            claims_count=0,
            gold_count=0,
            skipped_in_row=0,
            checked_at=uow.now,
            is_newcomer=is_newcomer,
            answers_excluded=False,
            created_at=uow.now,
        )
        .on_conflict_do_update(
            index_elements=["job_id", "worker_id"],
            set_={"checked_at": uow.now, "is_newcomer": is_newcomer},
        )
    )


def look(uow: UnitOfWork, worker: Worker, job: Job) -> tuple[list[Reason], bool]:
    """Return why a worker may not work on a job, and whether they come as a newcomer."""
    requirements = requirements_of(uow, [job.id])[job.id]
    facts = facts_of(uow, worker.id)
    found = eligibility.reasons(uow, worker, requirements, facts)
    return found, eligibility.is_newcomer(requirements, facts)


def requirements_of(
    uow: UnitOfWork, job_ids: Sequence[UUID]
) -> dict[UUID, list[eligibility.Requirement]]:
    """Return what jobs ask of their workers, by job."""
    rows = uow.session.scalars(
        select(JobRequirement)
        .where(JobRequirement.job_id.in_(job_ids))
        .order_by(JobRequirement.job_id, JobRequirement.place)
    )
    found: dict[UUID, list[eligibility.Requirement]] = {job_id: [] for job_id in job_ids}
    for row in rows:
        asked = eligibility.Requirement(
            row.qualification, row.comparison, row.value, row.count_min, row.guards
        )
        found[row.job_id].append(asked)
    return found


def facts_of(uow: UnitOfWork, worker_id: UUID) -> eligibility.Facts:
    """Count what the built-in qualifications rest on."""
    approved = func.count().filter(Assignment.state == AssignmentState.APPROVED)
    rejected = func.count().filter(Assignment.state == AssignmentState.REJECTED)
    row = uow.session.execute(
        select(approved, rejected).where(Assignment.worker_id == worker_id)
    ).one()
    return eligibility.Facts(answers_approved=row[0], answers_decided=row[0] + row[1])


def check_newcomer_share(uow: UnitOfWork, standing: Any) -> None:
    """Refuse a newcomer once newcomers hold their share of a job's slots."""
    if not standing.is_newcomer or standing.newcomers_basis_points >= 10_000:
        return
    taken = uow.session.scalar(
        select(func.coalesce(func.sum(Enrolment.claims_count), 0)).where(
            Enrolment.job_id == standing.id, Enrolment.is_newcomer
        )
    )
    slots = standing.tasks_count * standing.answers_max
    if (taken or 0) * 10_000 >= slots * standing.newcomers_basis_points:
        raise Denied(
            "newcomers_full",
            "This job's places for newcomers are taken. Other jobs will build up your record: "
            f"it counts after {policy().newcomer_answers} decided answers.",
        )


def confirm_guidelines(uow: UnitOfWork, worker_id: UUID, job_id: UUID, version: int) -> None:
    """Remember that a worker has read a version of the guidelines."""
    enrolment = uow.get(
        Enrolment, (job_id, worker_id), "You do not work on this job yet.", lock=True
    )
    latest = uow.get(Job, job_id, "There is no such job.").guidelines_version
    enrolment.guidelines_seen = max(enrolment.guidelines_seen, min(version, latest))
