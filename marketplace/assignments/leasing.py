"""The end of a claim without an answer: return, skip, report, and expiry; and its extension."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, select, text, update

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Missing
from kernel.money import Money
from kernel.types import decode_pair, new_id
from marketplace.assignments.events import ClaimsEnded, TaskReported
from marketplace.assignments.models import Assignment, Enrolment
from marketplace.assignments.states import ASSIGNMENT, AssignmentState
from marketplace.config import policy
from marketplace.jobs import slots
from marketplace.jobs.models import Job, Task
from marketplace.jobs.states import JobState
from payouts import funding

EXPIRED_MAX = 1_000

_LOCK_TASKS = text(
    """
SELECT t.id FROM tasks t
WHERE t.job_id = :job AND t.id IN (
    SELECT a.task_id FROM assignments a
    WHERE a.job_id = :job AND a.id = ANY (CAST(:ids AS uuid[])) AND a.state = 'claimed')
ORDER BY t.id FOR NO KEY UPDATE
"""
)
# Nobody else is wanted for a task that has its label, is withdrawn, or whose job is complete.
_OVER = "(CAST(:is_completed AS boolean) OR (t.lane < 2 AND t.state IN ('settled', 'withdrawn')))"
_END: TextClause = text(
    f"""
WITH ended AS (
    UPDATE assignments SET state = :state, state_at = :now, reason = :reason
    WHERE job_id = :job AND id = ANY (CAST(:ids AS uuid[])) AND state = 'claimed'
      AND (:state <> 'expired' OR deadline_at < :overdue_before)
    RETURNING task_id, price_version, reward_micros + fee_micros AS held_micros
), freed AS (
    UPDATE tasks t SET
        slots_open = t.slots_open + CASE WHEN {_OVER} THEN 0 ELSE n.count END,
        slots_taken = t.slots_taken - n.count,
        lane = CASE WHEN t.lane = 2 THEN 2 ELSE 0 END
    FROM (SELECT task_id, count(*) AS count FROM ended GROUP BY task_id) n
    WHERE t.job_id = :job AND t.id = n.task_id
    RETURNING t.id, {_OVER} AS is_over
)
SELECT ended.price_version, ended.held_micros, ended.task_id, freed.is_over
FROM ended JOIN freed ON freed.id = ended.task_id
"""
)


def end_claims(
    uow: UnitOfWork, job_id: UUID, ids: Sequence[UUID], state: AssignmentState, reason: str = ""
) -> int:
    """End claims of one job in bulk and give their slots back; return how many there were.

    Where nobody else is wanted the slot closes and its money goes back to the job's budget.

    The job is held against a change of its price, and tasks are locked before assignments. A
    claim that was answered meanwhile stays; so does one extended after it was seen to expire.
    """
    assert state in ASSIGNMENT.moves[AssignmentState.CLAIMED]
    values = {
        "job": job_id,
        "ids": list(ids),
        "state": state,
        "now": uow.now,
        "reason": reason,
        "overdue_before": _overdue_before(uow),
    }
    job = _held_job(uow, job_id)
    uow.session.execute(_LOCK_TASKS, values)
    values["is_completed"] = job.state == JobState.COMPLETED
    ended = uow.session.execute(_END, values).all()
    if ended:
        _release_unwanted(uow, job, [row for row in ended if row.is_over])
        _exchange_old_prices(uow, job, [row for row in ended if not row.is_over])
        uow.tell(ClaimsEnded(job_id))
    return len(ended)


def _held_job(uow: UnitOfWork, job_id: UUID) -> Job:
    """Lock a job's row in the weakest way: all but a change of its price may go on."""
    uow.session.flush()
    weakest = {"read": True, "key_share": True}
    job = uow.session.get(Job, job_id, with_for_update=weakest, populate_existing=True)
    assert job is not None, "assignments belong to a job"
    return job


def _release_unwanted(uow: UnitOfWork, job: Job, ended: Sequence[Row[Any]]) -> None:
    """Give back to the budget what slots held that nobody else is wanted for."""
    if ended:
        held = Money(sum(row.held_micros for row in ended), job.currency)
        funding.release(uow, job.id, held, f"job:{job.id}/unwanted/{new_id()}")


def _exchange_old_prices(uow: UnitOfWork, job: Job, ended: Sequence[Row[Any]]) -> None:
    """Let slots that were claimed at an older price reserve today's."""
    stale = [row for row in ended if row.price_version != job.price_version]
    if stale:
        held = Money(sum(row.held_micros for row in stale), job.currency)
        slots.reprice_freed(uow, job, [row.task_id for row in stale], held)


def give_back(uow: UnitOfWork, worker_id: UUID, outward_id: str) -> None:
    """Return one task untouched: no penalty."""
    assignment = _claimed(uow, worker_id, outward_id)
    end_claims(uow, assignment.job_id, [assignment.id], AssignmentState.RETURNED)


def give_back_all(uow: UnitOfWork, worker_id: UUID, job_id: UUID | None = None) -> int:
    """Return every task a worker holds, of one job or of all."""
    query = select(Assignment.job_id, Assignment.id).where(
        Assignment.worker_id == worker_id, Assignment.state == AssignmentState.CLAIMED
    )
    if job_id is not None:
        query = query.where(Assignment.job_id == job_id)
    held: dict[UUID, list[UUID]] = {}
    for job, id_ in uow.session.execute(query.order_by(Assignment.job_id)):
        held.setdefault(job, []).append(id_)
    return sum(
        end_claims(uow, job, ids, AssignmentState.RETURNED) for job, ids in sorted(held.items())
    )


def skip(uow: UnitOfWork, worker_id: UUID, outward_id: str, reason: str) -> None:
    """Give one task back with a reason; it is offered to this worker last."""
    assignment = _claimed(uow, worker_id, outward_id)
    end_claims(uow, assignment.job_id, [assignment.id], AssignmentState.SKIPPED, reason)
    uow.session.execute(
        update(Enrolment)
        .where(Enrolment.job_id == assignment.job_id, Enrolment.worker_id == worker_id)
        .values(skipped_in_row=Enrolment.skipped_in_row + 1)
    )


def report(uow: UnitOfWork, worker_id: UUID, outward_id: str, reason: str) -> None:
    """Say that a task is broken; several such reports withdraw it, and upheld ones are paid."""
    assignment = _claimed(uow, worker_id, outward_id)
    if end_claims(uow, assignment.job_id, [assignment.id], AssignmentState.BROKEN, reason):
        uow.session.execute(
            update(Task)
            .where(Task.job_id == assignment.job_id, Task.id == assignment.task_id)
            .values(broken_reports=Task.broken_reports + 1)
        )
        uow.tell(TaskReported(assignment.job_id))


def extend(uow: UnitOfWork, worker_id: UUID, outward_id: str) -> datetime:
    """Give a claim one more lease from now, up to the job's maximum; return the new deadline.

    A batch was given longer than one lease: there, the deadline may stay as it is.
    """
    assignment = _claimed(uow, worker_id, outward_id, lock=True)
    if assignment.deadline_at < _overdue_before(uow):
        raise Conflict("claim_ended", "The time for this task is over.")
    job = uow.get(Job, assignment.job_id, "There is no such job.")
    if assignment.deadline_at >= assignment.deadline_max_at:
        raise Conflict("extension_used_up", "This task cannot be held any longer.")
    wanted = min(uow.now + timedelta(seconds=job.lease_seconds), assignment.deadline_max_at)
    assignment.deadline_at = max(assignment.deadline_at, wanted)
    return assignment.deadline_at


def overdue(uow: UnitOfWork) -> dict[UUID, list[UUID]]:
    """Return claims whose deadline and grace have passed, by job."""
    due = Assignment.deadline_at < _overdue_before(uow)
    rows = uow.session.execute(
        select(Assignment.job_id, Assignment.id)
        .where(Assignment.state == AssignmentState.CLAIMED, due)
        .order_by(Assignment.deadline_at)
        .limit(EXPIRED_MAX)
    )
    found: dict[UUID, list[UUID]] = {}
    for job_id, id_ in rows:
        found.setdefault(job_id, []).append(id_)
    return found


def _overdue_before(uow: UnitOfWork) -> datetime:
    return uow.now - timedelta(seconds=policy().late_grace_seconds)


def _claimed(
    uow: UnitOfWork, worker_id: UUID, outward_id: str, *, lock: bool = False
) -> Assignment:
    assignment = uow.session.get(
        Assignment, decode_pair(outward_id), with_for_update={"key_share": True} if lock else None
    )
    if assignment is None or assignment.worker_id != worker_id:
        raise Missing("assignment_unknown", "You hold no such task.")
    if assignment.state != AssignmentState.CLAIMED:
        raise Conflict("claim_ended", f"You no longer hold this task: it is {assignment.state}.")
    return assignment
