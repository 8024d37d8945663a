"""Settle gold answers: compare each with its known answer, take it into trust, and pay it.

A gold task is handed out all the time, so settling never locks its row; a shared lock by name
keeps a gold's known answer as it is until the outcomes judged by it are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text, update

from consensus.questions import Question
from kernel.db import UnitOfWork
from marketplace.assignments.models import Assignment
from marketplace.assignments.queries import source
from marketplace.jobs.models import Job
from marketplace.review.settling import agreeing, approving, modelling, tasks
from qualification import gold, trust
from qualification.trust import GoldOutcome

GOLD_ANSWERS_MAX = 500
LOCK_NAMESPACE = 0x601D


def settle_some(uow: UnitOfWork, job_id: UUID) -> int:
    """Judge some final gold answers that nobody has read; return how many were read."""
    uow.session.execute(_SHARE, {"space": LOCK_NAMESPACE, "job": str(job_id)})
    job = tasks.held_job(uow, job_id)
    values = {"job": job_id, "now": uow.now, "most": GOLD_ANSWERS_MAX}
    answers = uow.session.execute(_PICK, values).all()
    if not answers:
        return 0
    questions = modelling.questions_of(uow, job)
    outcomes = {answer.id: judge(job_id, answer, questions) for answer in answers}
    minimum, error_rate = float(job.gold_minimum), float(job.gold_error_rate)
    trust.record_gold(uow, job_id, list(outcomes.values()), minimum, error_rate)
    _mark_read(uow, job_id, answers)
    approved = [
        one for one in answers if not one.is_held and _is_approved_now(job, outcomes[one.id])
    ]
    approving.lock_accounts(uow, job, approved)
    approving.approve(uow, job, approved, approving.BY_POLICY)
    return len(answers)


def hold_known_answers(uow: UnitOfWork, job_id: UUID) -> None:
    """Wait until no gold of a job is being judged, and keep it so until this transaction ends."""
    uow.session.execute(_HOLD, {"space": LOCK_NAMESPACE, "job": str(job_id)})


def judge(job_id: UUID, answer: Row[Any], questions: Mapping[str, Question]) -> GoldOutcome:
    """Return how an answer compares with its gold as known now; one withdrawn counts for nobody."""
    is_withdrawn = answer.task_state == "withdrawn"
    similarity = None if is_withdrawn else gold.check(answer.known, answer.given, questions)
    name = source(job_id, answer.id)
    at = answer.submitted_at
    return GoldOutcome(answer.worker_id, name, answer.known_version, similarity, at)


def _is_approved_now(job: Job, outcome: GoldOutcome) -> bool:
    """Tell whether a gold answer is approved at once, as any other answer like it would be.

    All are paid; what would tell gold from other tasks by its haste waits for the same delay.
    """
    if job.approval == agreeing.ON_SUBMIT or job.gold_feedback:
        return True
    is_right = outcome.similarity is not None and gold.is_right(outcome.similarity)
    return job.approval == agreeing.AGREEMENT and is_right


def _mark_read(uow: UnitOfWork, job_id: UUID, answers: Sequence[Row[Any]]) -> None:
    uow.session.execute(
        update(Assignment)
        .where(Assignment.job_id == job_id, Assignment.id.in_([answer.id for answer in answers]))
        .values(settled_at=uow.now)
        .execution_options(synchronize_session=False)
    )


_SHARE = text("SELECT pg_advisory_xact_lock_shared(:space, hashtext(:job))")
_HOLD = text("SELECT pg_advisory_xact_lock(:space, hashtext(:job))")
_PICK = text(
    """
SELECT a.id, a.worker_id, a.given, a.submitted_at, a.reward_micros, a.fee_micros,
    t.known, t.known_version, t.state AS task_state,
    COALESCE(e.answers_held, false) AS is_held
FROM assignments a JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id
LEFT JOIN enrolments e ON e.job_id = a.job_id AND e.worker_id = a.worker_id
WHERE a.job_id = :job AND a.state = 'submitted' AND a.settled_at IS NULL
  AND a.final_at <= :now AND a.gold_version IS NOT NULL
ORDER BY a.final_at, a.id LIMIT :most FOR NO KEY UPDATE OF a SKIP LOCKED
"""
)
