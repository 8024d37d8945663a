"""Uphold reports: withdraw tasks that several workers found broken, and pay who said so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from kernel.db import UnitOfWork
from kernel.types import new_id
from marketplace.config import policy
from marketplace.jobs import queries, slots
from marketplace.jobs.models import Job
from marketplace.review import gold_repair
from marketplace.review.settling import approving, evidence, gold
from payouts import earnings

DECIDED_BY = "reports"


def uphold(uow: UnitOfWork, job_id: UUID) -> int:
    """Withdraw the tasks of a job that enough workers reported; return how many.

    Open slots go back to the budget first, and the reporters are paid from there. Reports on a
    task that is withdrawn already are upheld too.
    """
    job = queries.job(uow, job_id, lock=True)
    values = {"job": job_id, "least": policy().broken_reports_withdraw}
    task_ids = uow.session.scalars(_REPORTED, values).all()
    if not task_ids:
        return 0
    gold.hold_known_answers(uow, job_id)
    locked = evidence.lock_tasks(uow, job_id, task_ids)
    reporters = uow.session.execute(_UPHOLD, _named(job_id, locked) | {"now": uow.now}).all()
    uow.session.execute(_WITHDRAW, _named(job_id, locked))
    slots.release_for(uow, job, sum(task.slots_open for task in locked), f"broken:{new_id()}")
    _pay(uow, job, reporters)
    for task in locked:
        if task.state != "withdrawn":
            uow.audit("task.withdrawn", f"task:{job_id}/{task.id}", task.state, DECIDED_BY)
            if task.lane == slots.GOLD_LANE:
                gold_repair.rescore_withdrawn(uow, job, task.id)
    uow.later("review.settle", job_id)
    return len(locked)


def _pay(uow: UnitOfWork, job: Job, reporters: Sequence[Row[Any]]) -> None:
    for report in reporters:
        due = approving.approval(uow, job, report)
        earnings.pay_won_appeal(uow, due, job.organisation_id, reserve_held=False)


def _named(job_id: UUID, tasks: Sequence[Row[Any]]) -> dict[str, Any]:
    return {"job": job_id, "tasks": [task.id for task in tasks], "by": DECIDED_BY}


_REPORTED = text(
    """
SELECT t.id FROM tasks t WHERE t.job_id = :job AND t.broken_reports > 0 AND EXISTS (
    SELECT FROM assignments a WHERE a.job_id = :job AND a.task_id = t.id AND a.state = 'broken')
  AND (t.state = 'withdrawn' OR :least <= (
    SELECT count(DISTINCT a.worker_id) FROM assignments a
    WHERE a.job_id = :job AND a.task_id = t.id AND a.state = 'broken'))
"""
)
# An upheld report is paid as the answer would have been; it takes a slot, and holds no answer.
_UPHOLD = text(
    """
WITH upheld AS (
    UPDATE assignments SET state = 'approved', state_at = :now, decided_by = :by,
        submitted_at = state_at, settled_at = :now
    WHERE job_id = :job AND task_id = ANY (CAST(:tasks AS uuid[])) AND state = 'broken'
    RETURNING id, task_id, worker_id, reward_micros, fee_micros
), counted AS (
    UPDATE tasks t SET slots_taken = t.slots_taken + n.count, slots_max = t.slots_max + n.count
    FROM (SELECT task_id, count(*) AS count FROM upheld GROUP BY task_id) n
    WHERE t.job_id = :job AND t.id = n.task_id
)
SELECT id, worker_id, reward_micros, fee_micros FROM upheld
"""
)
_WITHDRAW = text(
    "UPDATE tasks SET state = 'withdrawn', slots_open = 0, waits_for_money = false"
    " WHERE job_id = :job AND id = ANY (CAST(:tasks AS uuid[]))"
)
