"""A worker's objection to a gold, by one click where the job showed its known answer."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from kernel.db import UnitOfWork
from kernel.errors import Missing, Refused
from kernel.types import decode_pair
from marketplace.assignments.models import Assignment
from marketplace.jobs import queries as jobs
from marketplace.quality.models import GoldContest
from marketplace.quality.states import CONTEST

STATEMENT_MAX = 1_000


def contest(uow: UnitOfWork, worker_id: UUID, outward_id: str, statement: str = "") -> GoldContest:
    """Object to the known answer of a task one has answered; doing it twice changes nothing.

    It needs no words. Only a job that shows known answers says which tasks are checks, so only
    there is there something to object to.
    """
    job_id, assignment_id = decode_pair(outward_id)
    answer = uow.session.get(Assignment, (job_id, assignment_id))
    if answer is None or answer.worker_id != worker_id or answer.given is None:
        raise Missing("answer_unknown", "You have not given this answer.")
    if answer.gold_version is None or not jobs.job(uow, job_id).gold_feedback:
        raise Refused("gold_unannounced", "No known answer was shown to you for this task.")
    uow.session.execute(
        insert(GoldContest)
        .values(
            job_id=job_id,
            assignment_id=assignment_id,
            task_id=answer.task_id,
            worker_id=worker_id,
            statement=statement,
            at=uow.now,
            state=CONTEST.start,
            state_at=uow.now,
        )
        .on_conflict_do_nothing()
    )
    uow.later("quality.look", job_id)
    return uow.get(GoldContest, (job_id, assignment_id), "There is no such objection.")
