"""Give a job another target of confidence: which of its tasks have enough answers follows."""

from __future__ import annotations

from decimal import Decimal

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Refused
from marketplace.jobs import queries
from marketplace.jobs.models import Job
from marketplace.jobs.states import LIVE


def use(uow: UnitOfWork, job: Job, confidence: Decimal) -> Job:
    """Set the target of a job that still asks for answers, and look at all its labels anew.

    A lower target closes tasks that are sure enough now; a higher one asks for more answers where
    they are worth it, as often as the job re-opens tasks. What was paid stays paid.
    """
    job = queries.job(uow, job.id, lock=True)
    if job.state not in LIVE:
        raise Conflict(f"job_{job.state}", f"This job is {job.state}, so its target stays.")
    if not job.is_adaptive:
        raise Refused("target_fixed", obstacle(job))
    if job.confidence == confidence:
        return job
    before, job.confidence = job.confidence, confidence
    uow.session.flush()
    uow.audit("job.target_set", f"job:{job.id}", str(before), str(confidence))
    uow.later("quality.use_target", job.id)
    return job


def obstacle(job: Job) -> str:
    """Say why the target of a job cannot be chosen now; empty where it can."""
    if job.state not in LIVE:
        return f"This job is {job.state}, so it asks for no more answers."
    if not job.is_adaptive:
        return (
            f"This job asks for {job.answers_max} answers to every task, so a target changes "
            "nothing in it. Read this as what a job that may stop early would take."
        )
    return ""
