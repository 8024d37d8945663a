"""Taking answers: many at once, each decided on its own, durable when acknowledged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import func, select, tuple_

from kernel.db import UnitOfWork
from kernel.errors import DomainError, Missing, Refused
from kernel.sql import prepared
from kernel.sql.prepared import PLAN_ONCE
from kernel.types import decode_pair, encode_pair
from marketplace.assignments import waking
from marketplace.assignments.models import Assignment
from marketplace.assignments.states import ANSWERED, AssignmentState
from marketplace.config import policy
from marketplace.jobs import interface, queries
from marketplace.jobs.models import Job, Task
from qualification import gold

ANSWERS_MAX = 50
CHANGEABLE_LAST = 5


@dataclass(frozen=True)
class Given:
    """One answer as it came in: the assignment's outward id, result items, and times."""

    assignment: str
    result: Sequence[Mapping[str, Any]]
    active_seconds: int
    opened_at: datetime | None = None
    is_unsure: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one answer: accepted, changed, same, or refused with a reason."""

    assignment: str
    status: str
    final_at: datetime | None = None
    code: str | None = None
    detail: str | None = None
    gold: dict[str, Any] | None = None


@dataclass
class _Batch:
    rows: list[dict[str, Any]] = field(default_factory=list)
    final_at: dict[UUID, datetime] = field(default_factory=dict)
    feedback: set[tuple[UUID, UUID]] = field(default_factory=set)


def submit(uow: UnitOfWork, worker_id: UUID, answers: Sequence[Given]) -> list[Outcome]:
    """Keep a worker's answers; the outcomes are in the order given.

    For each job one statement loads and locks the assignments, and one writes all revisions and
    moves. The same content sent twice answers as the first time; an answer in time is never
    refused because the job moved on.
    """
    if len(answers) > ANSWERS_MAX:
        raise Refused("answers_too_many", f"Send at most {ANSWERS_MAX} answers at once.")
    loaded = _load(uow, worker_id, answers)
    batch = _Batch()
    outcomes = []
    for given in answers:
        try:
            outcomes.append(_take(uow, loaded, given, batch))
        except DomainError as refusal:
            outcomes.append(
                Outcome(given.assignment, "refused", code=refusal.code, detail=refusal.sentence)
            )
    for job_id, final_at in sorted(batch.final_at.items()):
        rows = [row for row in batch.rows if row["job_id"] == job_id]
        values = {"job": job_id, "worker": worker_id, "rows": Jsonb(rows, _as_json)}
        prepared.run(uow, _WRITE, values | {"now": uow.now})
        waking.tell(uow, job_id, final_at)
    return _with_feedback(uow, outcomes, loaded, batch)


def _load(
    uow: UnitOfWork, worker_id: UUID, answers: Sequence[Given]
) -> dict[tuple[UUID, UUID], Any]:
    """Lock and read the assignments that are answered, one statement for each job."""
    ids: dict[UUID, set[UUID]] = {}
    for given in answers:
        try:
            job_id, id_ = decode_pair(given.assignment)
        except Missing:
            continue
        ids.setdefault(job_id, set()).add(id_)
    return {
        (job_id, row.id): row
        for job_id in sorted(ids)
        for row in prepared.rows(
            uow, _LOAD, {"job": job_id, "ids": list(ids[job_id]), "worker": worker_id}
        )
    }


def _take(
    uow: UnitOfWork,
    loaded: dict[tuple[UUID, UUID], Any],
    given: Given,
    batch: _Batch,
) -> Outcome:
    row = loaded.get(decode_pair(given.assignment))
    if row is None:
        raise Missing("assignment_unknown", "You hold no such task.")
    shape = queries.interface_of(uow, row.job_id, row.interface_version)
    values = interface.check_result(shape, given.result, _shown(uow, row, shape))
    digest = interface.canonical(given.result, given.is_unsure)
    if row.state in ANSWERED and row.answer_digest == digest:
        return Outcome(given.assignment, "same", row.final_at)
    status = _check_open(uow, row)
    if any(written["id"] == row.id for written in batch.rows):
        raise Refused("answer_twice", "The same task is answered twice in what you sent.")
    final_at = row.final_at or uow.now + timedelta(
        seconds=0 if row.gold_feedback else row.undo_seconds
    )
    opened_at = _bounded(given.opened_at, row.claimed_at, uow.now)
    elapsed = int((uow.now - row.claimed_at).total_seconds())
    batch.rows.append(
        {
            "job_id": row.job_id,
            "id": row.id,
            "revision": row.revision + 1,
            "result": given.result,
            "given": values,
            "digest": digest,
            "is_unsure": given.is_unsure,
            "active_seconds": max(0, min(given.active_seconds, elapsed)),
            "opened_at": opened_at,
            "final_at": final_at,
            "decide_by": final_at + timedelta(seconds=row.approval_delay_seconds),
        }
    )
    batch.final_at[row.job_id] = min(final_at, batch.final_at.get(row.job_id, final_at))
    if row.gold_version is not None and row.gold_feedback:
        batch.feedback.add((row.job_id, row.id))
    return Outcome(given.assignment, status, final_at)


def _shown(uow: UnitOfWork, row: Any, shape: interface.Interface) -> Mapping[str, Any] | None:
    """Return what the task shows where answers point into it; other answers need no look."""
    if not interface.reads_data(shape):
        return None
    task = (Task.job_id == row.job_id, Task.id == row.task_id)
    data: Mapping[str, Any] | None = uow.session.scalar(select(Task.data).where(*task))
    return data


def _as_json(rows: Any) -> str:
    return json.dumps(rows, default=str)


def _check_open(uow: UnitOfWork, row: Any) -> str:
    """Tell whether an answer is the first or a change of one; raise where it is neither."""
    if row.state == AssignmentState.CLAIMED:
        if uow.now > row.deadline_at + timedelta(seconds=policy().late_grace_seconds):
            raise Refused("answer_late", "The time for this task is over; it went back.")
        return "accepted"
    if row.state == AssignmentState.EXPIRED:
        raise Refused("answer_late", "The time for this task is over; it went back.")
    if row.state not in ANSWERED:
        raise Refused("claim_ended", f"You gave this task back: it is {row.state}.")
    if row.state != AssignmentState.SUBMITTED or row.settled_at or uow.now >= row.final_at:
        raise Refused("answer_final", "This answer is final and can no longer be changed.")
    later = uow.session.scalar(
        select(func.count()).where(
            Assignment.job_id == row.job_id,
            Assignment.worker_id == row.worker_id,
            Assignment.state == AssignmentState.SUBMITTED,
            Assignment.submitted_at > row.submitted_at,
            Assignment.final_at > uow.now,
        )
    )
    if (later or 0) >= CHANGEABLE_LAST:
        raise Refused("answer_final", f"Only your last {CHANGEABLE_LAST} answers can be changed.")
    return "changed"


def _bounded(told: datetime | None, earliest: datetime, latest: datetime) -> datetime:
    """Keep a time that a browser tells within what the server saw itself."""
    return earliest if told is None else min(max(told, earliest), latest)


def _with_feedback(
    uow: UnitOfWork,
    outcomes: list[Outcome],
    loaded: dict[tuple[UUID, UUID], Any],
    batch: _Batch,
) -> list[Outcome]:
    """Add the known answer and its explanation where the job shows them at once."""
    if not batch.feedback:
        return outcomes
    tasks = {(job_id, loaded[job_id, id_].task_id): id_ for job_id, id_ in batch.feedback}
    known = {
        encode_pair(row.job_id, tasks[row.job_id, row.id]): row
        for row in uow.session.execute(
            select(Task.job_id, Task.id, Task.known, Task.explanation, Job.interface_version)
            .join(Job, Job.id == Task.job_id)
            .where(tuple_(Task.job_id, Task.id).in_(list(tasks)))
        )
    }
    values = {encode_pair(row["job_id"], row["id"]): row["given"] for row in batch.rows}
    return [
        replace(
            outcome,
            gold=_feedback(uow, known[outcome.assignment], values[outcome.assignment]),
        )
        if outcome.assignment in known
        else outcome
        for outcome in outcomes
    ]


def _feedback(uow: UnitOfWork, task: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    shape = queries.interface_of(uow, task.job_id, task.interface_version)
    right = gold.is_right(gold.check(task.known, given, interface.questions(shape)))
    return {"right": right, "known": task.known, "explanation": task.explanation}


_LOAD = prepared.statement(
    f"""
SELECT a.job_id, a.id, a.worker_id, a.task_id, a.state, a.claimed_at, a.deadline_at,
    a.submitted_at, a.interface_version, a.gold_version, a.revision, a.answer_digest, a.final_at,
    a.settled_at, j.undo_seconds, j.gold_feedback, j.approval_delay_seconds, {PLAN_ONCE}
FROM assignments a JOIN jobs j ON j.id = :job
WHERE a.job_id = :job AND a.id = ANY (CAST(:ids AS uuid[])) AND a.worker_id = :worker
ORDER BY a.id FOR UPDATE OF a
"""
)
_WRITE = prepared.statement(
    """
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(:rows) AS g (
        id uuid, revision smallint, result jsonb, given jsonb, digest text,
        active_seconds int, is_unsure boolean, opened_at timestamptz, final_at timestamptz,
        decide_by timestamptz)
), moved AS (
    UPDATE assignments a SET
        state = 'submitted', state_at = :now, submitted_at = COALESCE(a.submitted_at, :now),
        opened_at = COALESCE(a.opened_at, g.opened_at), active_seconds = g.active_seconds,
        revision = g.revision, answer_digest = g.digest, given = g.given,
        final_at = g.final_at, decide_by = g.decide_by
    FROM given g WHERE a.job_id = :job AND a.id = g.id
), steady AS (
    UPDATE enrolments e SET skipped_in_row = 0
    WHERE e.job_id = :job AND e.worker_id = :worker AND e.skipped_in_row > 0
)
INSERT INTO answers
    (job_id, assignment_id, revision, at, result, given, digest, active_seconds, is_unsure)
SELECT :job, id, revision, :now, result, given, digest, active_seconds, is_unsure FROM given
"""
)
