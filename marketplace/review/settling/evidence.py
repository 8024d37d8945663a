"""Read what is known about tasks: their usable answers, the undecided ones, and those to come."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from kernel.db import UnitOfWork
from kernel.sql import arrays


@dataclass(frozen=True)
class Answered:
    """One final answer: by whom, with which value for each control, and what it pays."""

    id: UUID
    task_id: UUID
    worker_id: UUID
    values: Mapping[str, Any]
    reward_micros: int
    fee_micros: int


@dataclass
class Evidence:
    """What is known about one task.

    `usable` answers enter its label: final, not rejected, not of a worker left out. `undecided`
    ones wait for approval by policy. `pending_count` counts claims and answers that may change.
    """

    usable: list[Answered] = field(default_factory=list)
    undecided: list[Answered] = field(default_factory=list)
    pending_count: int = 0


def lock_tasks(uow: UnitOfWork, job_id: UUID, task_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """Lock tasks of a job in the order of their ids, and return their columns as they are now."""
    uow.session.flush()
    return uow.session.execute(
        _LOCK, {"job": job_id, "tasks": arrays.literal(sorted(task_ids))}
    ).all()


def load(uow: UnitOfWork, job_id: UUID, task_ids: Collection[UUID]) -> dict[UUID, Evidence]:
    """Return the evidence on locked tasks, answers in the order they came in; undecided are locked.

    Two statements whatever the count.
    """
    values = {"job": job_id, "tasks": arrays.literal(task_ids), "now": uow.now}
    uow.session.execute(_LOCK_UNDECIDED, values)
    found = {task_id: Evidence() for task_id in task_ids}
    for row in uow.session.execute(_LOAD, values):
        _add(found[row.task_id], row)
    return found


def _add(evidence: Evidence, row: Row[Any]) -> None:
    if not row.is_final:
        evidence.pending_count += 1
        return
    answer = Answered(
        row.id, row.task_id, row.worker_id, row.given, row.reward_micros, row.fee_micros
    )
    if row.state == "submitted" and not row.is_held:
        evidence.undecided.append(answer)
    if not row.is_excluded:
        evidence.usable.append(answer)


TASK_COLUMNS = """t.id, t.state, t.lane, t.slots_open, t.slots_taken, t.slots_max, t.reopenings,
    EXISTS (SELECT FROM labels l WHERE l.job_id = t.job_id AND l.task_id = t.id
            AND l.taken_at IS NOT NULL) AS is_taken,
    EXISTS (SELECT FROM labels l WHERE l.job_id = t.job_id AND l.task_id = t.id
            AND l.reviewed_by IS NOT NULL) AS is_reviewed"""
_LOCK = text(
    f"""
SELECT {TASK_COLUMNS} FROM tasks t
WHERE t.job_id = :job AND t.id = ANY (CAST(:tasks AS uuid[]))
ORDER BY t.id FOR NO KEY UPDATE OF t
"""
)
_LOCK_UNDECIDED = text(
    """
SELECT count(*) FROM (
    SELECT id FROM assignments
    WHERE job_id = :job AND task_id = ANY (CAST(:tasks AS uuid[]))
      AND state = 'submitted' AND final_at <= :now
    ORDER BY id FOR NO KEY UPDATE) AS locked
"""
)
# An upheld report is approved and paid, but holds no answer.
_LOAD = text(
    """
SELECT a.id, a.task_id, a.worker_id, a.state, a.given, a.reward_micros, a.fee_micros,
    a.state <> 'claimed' AND a.final_at <= :now AS is_final,
    COALESCE(e.answers_excluded, false) AS is_excluded,
    COALESCE(e.answers_held, false) AS is_held
FROM assignments a
LEFT JOIN enrolments e ON e.job_id = a.job_id AND e.worker_id = a.worker_id
WHERE a.job_id = :job AND a.task_id = ANY (CAST(:tasks AS uuid[]))
  AND (a.state IN ('claimed', 'submitted') OR a.state = 'approved' AND a.given IS NOT NULL)
ORDER BY a.task_id, a.submitted_at, a.id
"""
)
