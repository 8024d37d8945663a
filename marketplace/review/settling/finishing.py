"""After settling: refill gold, ask for a fit, complete the job, and say when to come back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from kernel.db import UnitOfWork
from marketplace.jobs import publishing, queries, slots
from marketplace.jobs.models import Job
from marketplace.jobs.states import JOB, LIVE, JobState
from marketplace.review.settling import fitting, labels, tasks

BUSY_SECONDS = 1


def finish(uow: UnitOfWork, job_id: UUID) -> datetime | None:
    """Do what follows a round of settling; return when answers become final, if any are to come.

    A fit that is due comes before completion; it asks for settling again when it is done.
    """
    job = tasks.held_job(uow, job_id)
    if job.state in LIVE and job.state != JobState.DRAFT and job.gold_every:
        slots.refill_gold(uow, job)
    is_fit_due = fitting.is_due(uow, job)
    if is_fit_due:
        uow.later("review.refit", job.id)
    left = _left(uow, job)
    next_final_at: datetime | None = left.next_final_at
    if next_final_at is not None:
        return max(next_final_at, uow.now + timedelta(seconds=BUSY_SECONDS))
    if not is_fit_due and _is_over(job, left):
        uow.later("review.complete", job.id)
    return None


def complete(uow: UnitOfWork, job_id: UUID) -> None:
    """Complete a job whose every task is settled, after a last fit; make labels of an ended final.

    Looks again under the job's lock, since answers and tasks may have come in meanwhile.
    """
    job = queries.job(uow, job_id, lock=True)
    if not _is_over(job, _left(uow, job)):
        return
    if fitting.is_behind(uow, job):
        uow.later("review.refit", job.id)
        return
    if JOB.allows(job.state, JobState.COMPLETED):
        publishing.complete(uow, job)
    labels.finalise(uow, job.id)


def _is_over(job: Job, left: Row[Any]) -> bool:
    """Tell whether nothing more will come: all settled, or ended with no claim and answer open."""
    if left.next_final_at is not None or left.has_claims:
        return False
    if job.state in LIVE:
        can_complete = JOB.allows(job.state, JobState.COMPLETED)
        return can_complete and left.has_tasks and not left.has_unsettled
    return bool(left.has_provisional)


def _left(uow: UnitOfWork, job: Job) -> Row[Any]:
    return uow.session.execute(_LEFT, {"job": job.id}).one()


_LEFT = text(
    """
SELECT
    (SELECT min(final_at) FROM assignments
     WHERE job_id = :job AND state = 'submitted' AND settled_at IS NULL) AS next_final_at,
    EXISTS (SELECT FROM assignments WHERE job_id = :job AND state = 'claimed') AS has_claims,
    EXISTS (SELECT FROM tasks WHERE job_id = :job AND lane < 2) AS has_tasks,
    EXISTS (SELECT FROM tasks WHERE job_id = :job AND lane < 2
            AND state NOT IN ('settled', 'withdrawn')) AS has_unsettled,
    EXISTS (SELECT FROM labels WHERE job_id = :job AND state = 'provisional') AS has_provisional
"""
)
