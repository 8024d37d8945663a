"""Carry out what a decided dispute says; doing it twice does nothing more."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select

import workers.queries
import workers.service
from kernel.db import UnitOfWork
from marketplace.assignments.models import Assignment
from marketplace.assignments.states import AssignmentState
from marketplace.jobs import queries as job_queries
from marketplace.jobs.models import Task
from marketplace.review.deciding import overturning, removing
from marketplace.review.models import Decision, Dispute
from marketplace.review.settling import evidence, gold
from marketplace.review.states import DisputeState
from qualification import queries as qualification_queries
from qualification import sittings, trust
from qualification.states import SittingState
from workers.states import Standing

ANSWERS_MAX = 200


def settle(uow: UnitOfWork, dispute_id: UUID) -> bool:
    """Do what follows from a dispute's outcome; tell whether some of it is left to do."""
    dispute = uow.get(Dispute, dispute_id, "There is no such dispute.")
    if dispute.state == DisputeState.WON:
        return _WON[dispute.kind](uow, dispute)
    if dispute.state == DisputeState.LOST and dispute.decision_id is not None:
        uow.later("review.end_holds", "")
    return False


def _won_rejection(uow: UnitOfWork, dispute: Dispute) -> bool:
    """Approve and pay a batch of the answers that were rejected in the decision."""
    decision = uow.get(Decision, dispute.decision_id, "There is no such decision.")
    job = job_queries.job(uow, decision.job_id, lock=True)
    rejected = (
        Assignment.job_id == job.id,
        Assignment.worker_id == decision.worker_id,
        Assignment.decision_id == decision.id,
        Assignment.state == AssignmentState.REJECTED,
    )
    some = select(Assignment.task_id).where(*rejected).order_by(Assignment.id).limit(ANSWERS_MAX)
    task_ids = set(uow.session.scalars(some))
    evidence.lock_tasks(uow, job.id, task_ids)
    answers = uow.session.execute(
        select(*Assignment.__table__.columns)
        .where(*rejected, Assignment.task_id.in_(task_ids))
        .order_by(Assignment.id)
        .with_for_update(key_share=True)
    ).all()
    if answers:
        overturning.overturn(uow, job, answers, f"dispute:{dispute.id}")
    return len(task_ids) == ANSWERS_MAX


def _won_removal(uow: UnitOfWork, dispute: Dispute) -> bool:
    assert dispute.job_id is not None, "a removal is from a job"
    removing.take_back(uow, dispute.job_id, dispute.worker_id)
    return False


def _won_exam(uow: UnitOfWork, dispute: Dispute) -> bool:
    sitting_id = UUID(dispute.subject.removeprefix("sitting:"))
    if qualification_queries.sitting(uow, sitting_id).state == SittingState.FAILED:
        sittings.overturn(uow, sitting_id)
    return False


def _won_gold(uow: UnitOfWork, dispute: Dispute) -> bool:
    """Let this answer count for nothing; the gold itself is its organisation's to mend."""
    job_id, _, assignment_id = dispute.subject.removeprefix("assignment:").partition("/")
    key = (UUID(job_id), UUID(assignment_id))
    answer = uow.get(Assignment, key, "There is no such answer.")
    job = job_queries.job(uow, answer.job_id)
    gold.hold_known_answers(uow, job.id)
    task = uow.get(Task, (job.id, answer.task_id), "There is no such task.")
    correction = trust.Correction(task.known_version, {dispute.subject: None})
    minimum, error_rate = float(job.gold_minimum), float(job.gold_error_rate)
    trust.rescore_gold(uow, job.id, correction, minimum, error_rate)
    return False


def _won_suspension(uow: UnitOfWork, dispute: Dispute) -> bool:
    worker = workers.queries.worker(uow, dispute.worker_id)
    if worker.state == Standing.SUSPENDED:
        workers.service.reinstate(uow, worker, "Your appeal was upheld.")
    return False


_WON: dict[str, Callable[[UnitOfWork, Dispute], bool]] = {
    "rejection": _won_rejection,
    "removal": _won_removal,
    "exam": _won_exam,
    "gold": _won_gold,
    "suspension": _won_suspension,
}
