"""Claims to answer, and what became of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from kernel.db import Database
from kernel.identity import Identity
from marketplace.assignments import submitting
from marketplace.assignments.handout.claiming import Claim
from marketplace.assignments.models import Answer, Assignment
from tests import factories as make


def some_claims(
    database: Database, count: int = 1, **columns: Any
) -> tuple[Identity, Sequence[Claim]]:
    """Publish a job and let a worker claim some of its tasks."""
    with database.unit_of_work() as uow:
        job = make.a_published_job(uow, make.some_tasks(count + 1), **columns)
        worker = make.a_worker(uow)
    return worker, make.claim(database, worker, job.id, count)


def row_of(database: Database, claim: Claim) -> Assignment:
    """Read an assignment afresh."""
    with database.unit_of_work() as uow:
        return uow.get(Assignment, (claim.job_id, claim.id), "no claim")


def revisions(database: Database, claim: Claim) -> list[Answer]:
    """Return what was handed in for a claim, oldest first."""
    mine = (Answer.job_id == claim.job_id, Answer.assignment_id == claim.id)
    with database.unit_of_work() as uow:
        return list(uow.session.scalars(select(Answer).where(*mine).order_by(Answer.revision)))


def code_of(database: Database, worker: Identity, given: submitting.Given) -> str | None:
    """Hand in one answer that is refused, and return why."""
    [outcome] = make.submit(database, worker, given)
    assert outcome.status == "refused"
    assert outcome.detail
    return outcome.code
