"""What money was for, in words: jobs, answers, people and organisations behind journals."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, tuple_

from kernel.db import UnitOfWork
from marketplace.accounts.models import Organisation
from marketplace.assignments.models import Assignment
from marketplace.jobs.models import Job
from payouts.books import sources
from payouts.books.sources import Described
from workers.models import Worker

GIVEN_MAX = 500


def register_all() -> None:
    """Let the ledger's pages say what journals were for."""
    sources.register("job", jobs)
    sources.register("assignment", answers)
    sources.register("worker", people)
    sources.register("organisation", organisations)


def jobs(uow: UnitOfWork, named: Sequence[str]) -> dict[str, Described]:
    """Describe jobs by their titles; what a source adds after the job's id is kept."""
    rows = uow.session.execute(
        select(Job.id, Job.title, Job.state).where(Job.id.in_({_id(one) for one in named}))
    )
    titles = {row.id: row for row in rows}
    return {
        one: Described(row.title, f"/jobs/{row.id}", [("State", str(row.state))])
        for one in named
        if (row := titles.get(_id(one))) is not None
    }


def answers(uow: UnitOfWork, named: Sequence[str]) -> dict[str, Described]:
    """Describe answers: which job, who gave it, when, what it said and who decided."""
    keys = [_pair(one) for one in named]
    rows = uow.session.execute(
        select(Assignment, Job.title)
        .join(Job, Job.id == Assignment.job_id)
        .where(tuple_(Assignment.job_id, Assignment.id).in_(keys))
    )
    return {
        f"assignment:{row.job_id}/{row.id}": Described(
            f"Answer to “{title}”",
            f"/jobs/{row.job_id}/tasks/{row.task_id}",
            [
                ("Worker", str(row.worker_id)),
                (
                    "Handed in",
                    f"{row.submitted_at:%d %b %Y %H:%M} UTC" if row.submitted_at else "–",
                ),
                ("State", str(row.state)),
                ("Decided by", row.decided_by or "–"),
                ("Answer", json.dumps(row.given, ensure_ascii=False)[:GIVEN_MAX]),
            ],
        )
        for row, title in rows
    }


def people(uow: UnitOfWork, named: Sequence[str]) -> dict[str, Described]:
    """Describe workers by their pseudonyms."""
    rows = uow.session.execute(
        select(Worker.id, Worker.handle).where(Worker.id.in_({_id(one) for one in named}))
    )
    return {f"worker:{key}": Described(handle, f"/admin/people/{key}") for key, handle in rows}


def organisations(uow: UnitOfWork, named: Sequence[str]) -> dict[str, Described]:
    """Describe organisations by their names."""
    wanted = select(Organisation.id, Organisation.name)
    rows = uow.session.execute(wanted.where(Organisation.id.in_({_id(one) for one in named})))
    return {f"organisation:{key}": Described(name, f"/organisations/{key}") for key, name in rows}


def _id(source: str) -> UUID:
    """Read the id after the colon; a job's source may go on after a slash."""
    return UUID(source.partition(":")[2].partition("/")[0])


def _pair(source: str) -> tuple[UUID, UUID]:
    job_id, _, own_id = source.partition(":")[2].partition("/")
    return UUID(job_id), UUID(own_id)
