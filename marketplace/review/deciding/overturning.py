"""Overturn rejections: pay the worker, repair their record, and use the answers again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, update

from kernel.db import UnitOfWork
from marketplace.assignments.models import Assignment
from marketplace.assignments.queries import source
from marketplace.assignments.states import ASSIGNMENT, AssignmentState
from marketplace.jobs.models import Job
from marketplace.review.settling import approving, evidence, labels, tasks
from payouts import earnings
from qualification import trust

REVIEW_VERSION = 2


def overturn(uow: UnitOfWork, job: Job, answers: Sequence[Row[Any]], decided_by: str) -> None:
    """Approve rejected answers; the caller has locked the job, their tasks and the answers.

    Their reward and fee come from the job's reserve while it is held, then from its budget, the
    organisation, or bad debt.
    """
    assert all(ASSIGNMENT.allows(one.state, AssignmentState.APPROVED) for one in answers)
    uow.session.execute(
        update(Assignment)
        .where(Assignment.job_id == job.id, Assignment.id.in_([one.id for one in answers]))
        .values(state=AssignmentState.APPROVED, state_at=uow.now, decided_by=decided_by)
        .execution_options(synchronize_session=False)
    )
    held = [answer for answer in answers if answer.reserve_released_at is None]
    earnings.approve_many(uow, [approving.approval(uow, job, answer) for answer in held])
    for answer in answers:
        if answer.reserve_released_at is not None:
            due = approving.approval(uow, job, answer)
            earnings.pay_won_appeal(uow, due, job.organisation_id, reserve_held=False)
    _repair_record(uow, job, answers)
    locked = evidence.lock_tasks(uow, job.id, {answer.task_id for answer in answers})
    tasks.settle(uow, job, locked, labels.APPEAL)
    uow.later("review.settle", job.id)


def _repair_record(uow: UnitOfWork, job: Job, answers: Sequence[Row[Any]]) -> None:
    outcomes = [
        trust.ReviewOutcome(
            answer.worker_id, source(job.id, answer.id), REVIEW_VERSION, True, uow.now
        )
        for answer in answers
    ]
    trust.record_review(uow, job.id, outcomes)
