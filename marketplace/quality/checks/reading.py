"""Read how the answers to a job's gold fell, judged by what is known today."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kernel.db import UnitOfWork
from marketplace.jobs.models import Job
from marketplace.review.settling import modelling
from qualification import gold


@dataclass(frozen=True)
class Outcome:
    """One judged answer to a gold; `is_counted` is false where its gold counts for nobody."""

    assignment_id: UUID
    task_id: UUID
    worker_id: UUID
    at: datetime
    given: dict[str, Any]
    known: dict[str, Any]
    is_right: bool
    is_counted: bool


def outcomes(
    uow: UnitOfWork, job: Job, worker_ids: Collection[UUID] | None = None
) -> list[Outcome]:
    """Return the judged gold answers of a job, of some workers or all, in the order of time.

    Golds out of use do not count, unless they were retired for wear: what they measured while
    they were fresh stands. An answer whose mark fell in an appeal does not count either.
    """
    wanted = None if worker_ids is None else list(worker_ids)
    rows = uow.session.execute(_OUTCOMES, {"job": job.id, "workers": wanted}).all()
    questions = modelling.questions_of(uow, job) if rows else {}
    return [
        Outcome(
            row.id,
            row.task_id,
            row.worker_id,
            row.submitted_at,
            row.given,
            row.known,
            gold.is_right(gold.check(row.known, row.given, questions)),
            row.is_counted,
        )
        for row in rows
    ]


_OUTCOMES = text(
    """
SELECT a.id, a.task_id, a.worker_id, a.submitted_at, a.given, t.known,
    (t.state <> 'withdrawn' OR COALESCE(c.state = 'retired', false))
    AND NOT EXISTS (
        SELECT FROM disputes d WHERE d.kind = 'gold' AND d.state = 'won'
        AND d.worker_id = a.worker_id
        AND d.subject = 'assignment:' || a.job_id || '/' || a.id) AS is_counted
FROM assignments a JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id
LEFT JOIN gold_checks c ON c.job_id = a.job_id AND c.task_id = a.task_id
WHERE a.job_id = :job AND a.gold_version IS NOT NULL AND a.given IS NOT NULL
  AND a.settled_at IS NOT NULL
  AND (CAST(:workers AS uuid[]) IS NULL OR a.worker_id = ANY (CAST(:workers AS uuid[])))
ORDER BY a.submitted_at, a.id
"""
)
