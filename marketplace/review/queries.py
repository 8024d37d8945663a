"""Named reads of review: progress, labels, workers, the review queue, disputes and exports."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, text, tuple_

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.identity import Identity
from kernel.permissions import is_admin
from kernel.types import encode_pair
from kernel.web import paging
from marketplace.assignments.models import Assignment
from marketplace.assignments.states import AssignmentState
from marketplace.jobs.models import Job, Task
from marketplace.review.models import Decision, Dispute, Export, Label, LabelVersion
from marketplace.review.states import DisputeState
from workers.models import Worker


@dataclass(frozen=True)
class OverturnRate:
    """How many of the rejecting decisions that were appealed and decided fell."""

    decisions: int
    appealed: int
    decided: int
    overturned: int


def progress(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Return how far a job is: tasks, answers and labels by state; three statements."""
    one = {"job": job.id}
    return {
        "state": job.state,
        "tasks": dict(uow.session.execute(_TASKS, one).mappings().one()),
        "answers": dict(uow.session.execute(_ANSWERS, one).mappings().one()),
        "labels": dict(uow.session.execute(_LABELS, one).mappings().one()),
    }


def labels(
    uow: UnitOfWork,
    job_id: UUID,
    wanted: dict[str, Any],
    cursor: str | None,
    limit: int,
) -> paging.Page[Row[Any]]:
    """List labels with their task's external id; `wanted` may hold state and needs_review."""
    columns = (*Label.__table__.columns, Task.external_id, Task.position)
    query = (
        select(*columns)
        .join(Task, (Task.job_id == job_id) & (Task.id == Label.task_id))
        .where(Label.job_id == job_id, Task.state != "withdrawn")
        .order_by(Label.task_id, Label.control)
        .limit(limit + 1)
    )
    if wanted.get("state") is not None:
        query = query.where(Label.state == wanted["state"])
    if wanted.get("needs_review") is not None:
        query = query.where(Label.needs_review == wanted["needs_review"])
    if cursor:
        query = query.where(tuple_(Label.task_id, Label.control) > _label_key(cursor))
    rows = uow.session.execute(query).all()
    more = len(rows) > limit
    last = f"{rows[limit - 1].task_id}.{rows[limit - 1].control}" if more else None
    return paging.Page(rows[:limit], last)


def label_versions(uow: UnitOfWork, job_id: UUID, task_id: UUID) -> Sequence[LabelVersion]:
    """List every change of a task's labels with its cause, oldest first."""
    own = (LabelVersion.job_id == job_id, LabelVersion.task_id == task_id)
    order = (LabelVersion.control, LabelVersion.version)
    return uow.session.scalars(select(LabelVersion).where(*own).order_by(*order)).all()


def labels_of_task(uow: UnitOfWork, job_id: UUID, task_id: UUID) -> Sequence[Label]:
    """List the labels of one task, by control."""
    own = (Label.job_id == job_id, Label.task_id == task_id)
    return uow.session.scalars(select(Label).where(*own).order_by(Label.control)).all()


def labels_of_tasks(
    uow: UnitOfWork, job_id: UUID, task_ids: Collection[UUID]
) -> dict[UUID, dict[str, Label]]:
    """Return the labels of several tasks, by task and control; one statement."""
    own = (Label.job_id == job_id, Label.task_id.in_(task_ids))
    found: dict[UUID, dict[str, Label]] = {}
    for label in uow.session.scalars(select(Label).where(*own).order_by(Label.control)):
        found.setdefault(label.task_id, {})[label.control] = label
    return found


def workers(uow: UnitOfWork, job: Job) -> Sequence[Row[Any]]:
    """List who works or worked on a job: state, answers, gold, by pseudonym; one statement."""
    return uow.session.execute(_WORKERS, {"job": job.id}).all()


def answers(
    uow: UnitOfWork, job: Job, state: AssignmentState, cursor: str | None, limit: int
) -> paging.Page[dict[str, Any]]:
    """List final answers to plain tasks in one state, for review; reading takes nothing."""
    query: Select[Any] = select(Assignment).where(
        Assignment.job_id == job.id,
        Assignment.state == state,
        Assignment.final_at <= uow.now,
        Assignment.gold_version.is_(None),
        Assignment.given.isnot(None),
    )
    page = paging.page(uow.session, query, Assignment.id, cursor, limit)
    shown = _with_tasks(uow, job.id, page.items)
    return paging.Page(shown, page.next_cursor)


def answers_of_task(uow: UnitOfWork, job_id: UUID, task_id: UUID) -> list[dict[str, Any]]:
    """List the final answers to one task, oldest first."""
    rows = uow.session.scalars(
        select(Assignment)
        .where(
            Assignment.job_id == job_id,
            Assignment.task_id == task_id,
            Assignment.final_at <= uow.now,
            Assignment.given.isnot(None),
        )
        .order_by(Assignment.id)
    ).all()
    return _with_tasks(uow, job_id, rows)


def dispute(uow: UnitOfWork, dispute_id: UUID) -> Dispute:
    """Return one dispute."""
    return uow.get(Dispute, dispute_id, "There is no such dispute.")


def decision(uow: UnitOfWork, decision_id: UUID) -> Decision:
    """Return one rejecting decision."""
    return uow.get(Decision, decision_id, "There is no such decision.")


def decisions(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, Decision]:
    """Return rejecting decisions by id, for a worker's list of assignments; one statement."""
    rows = uow.session.scalars(select(Decision).where(Decision.id.in_(set(ids))))
    return {row.id: row for row in rows}


def decided_answers(uow: UnitOfWork, decision_id: UUID | None) -> list[dict[str, Any]]:
    """List the answers a decision rejected, with what was shown and given: a dispute's evidence."""
    if decision_id is None:
        return []
    found = decision(uow, decision_id)
    rows = uow.session.scalars(
        select(Assignment)
        .where(
            Assignment.job_id == found.job_id,
            Assignment.worker_id == found.worker_id,
            Assignment.decision_id == decision_id,
        )
        .order_by(Assignment.id)
    ).all()
    return _with_tasks(uow, found.job_id, rows)


def disputes(
    uow: UnitOfWork, identity: Identity, cursor: str | None, limit: int
) -> paging.Page[Dispute]:
    """List the asker's own disputes and those of their organisations; an admin's list holds all."""
    query = select(Dispute)
    if not is_admin(identity, None):
        mine: list[ColumnElement[bool]] = [Dispute.organisation_id.in_(identity.roles)]
        if identity.worker_id is not None:
            mine.append(Dispute.worker_id == identity.worker_id)
        query = query.where(or_(*mine))
    return paging.page(uow.session, query, Dispute.id, cursor, limit, newest_first=True)


def overturn_rate(uow: UnitOfWork, organisation_id: UUID) -> OverturnRate:
    """Count an organisation's rejecting decisions, and how those that were appealed came out."""
    decisions_count = uow.session.scalar(
        select(func.count())
        .select_from(Decision)
        .join(Job, Job.id == Decision.job_id)
        .where(Job.organisation_id == organisation_id)
    )
    decided = Dispute.state.in_((DisputeState.WON, DisputeState.LOST))
    row = uow.session.execute(
        select(
            func.count(),
            func.count().filter(decided),
            func.count().filter(Dispute.state == DisputeState.WON),
        ).where(Dispute.organisation_id == organisation_id, Dispute.kind == "rejection")
    ).one()
    return OverturnRate(decisions_count or 0, *row)


def export(uow: UnitOfWork, export_id: UUID) -> Export:
    """Return one export."""
    return uow.get(Export, export_id, "There is no such export.")


def exports(uow: UnitOfWork, job_id: UUID, cursor: str | None, limit: int) -> paging.Page[Export]:
    """List the exports and releases of a job, newest first."""
    own = select(Export).where(Export.job_id == job_id)
    return paging.page(uow.session, own, Export.id, cursor, limit, newest_first=True)


def _with_tasks(uow: UnitOfWork, job_id: UUID, rows: Sequence[Assignment]) -> list[dict[str, Any]]:
    """Show answers beside what was asked and by whom, under a pseudonym; two statements."""
    named = (Task.job_id == job_id, Task.id.in_({row.task_id for row in rows}))
    shown = select(Task.id, Task.external_id, Task.data).where(*named)
    tasks = {row.id: row for row in uow.session.execute(shown)}
    ids = {row.worker_id for row in rows}
    found = select(Worker.id, Worker.handle).where(Worker.id.in_(ids))
    handles = dict(iter(uow.session.execute(found)))
    return [
        {
            **{column: getattr(row, column) for column in _SHOWN},
            "assignment": encode_pair(job_id, row.id),
            "worker": handles[row.worker_id],
            "external_id": tasks[row.task_id].external_id,
            "data": tasks[row.task_id].data,
        }
        for row in rows
    ]


_SHOWN = (
    *("task_id", "worker_id", "state", "given", "submitted_at", "active_seconds", "decide_by"),
    *("guidelines_version", "interface_version", "decision_id", "decided_by", "taken_at"),
)


def _label_key(cursor: str) -> tuple[UUID, str]:
    task_id, _, control = cursor.partition(".")
    try:
        return UUID(task_id), control
    except ValueError:
        raise Refused("cursor_invalid", "This cursor is not one we gave out.") from None


_TASKS = text(
    "SELECT count(*) FILTER (WHERE lane < 2) AS total,"
    " count(*) FILTER (WHERE lane < 2 AND state = 'waiting') AS waiting,"
    " count(*) FILTER (WHERE lane < 2 AND state = 'open') AS open,"
    " count(*) FILTER (WHERE lane < 2 AND state = 'settled') AS settled,"
    " count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn,"
    " count(*) FILTER (WHERE waits_for_money) AS waits_for_money,"
    " count(*) FILTER (WHERE lane = 2) AS gold FROM tasks WHERE job_id = :job"
)
_ANSWERS = text(
    "SELECT count(*) FILTER (WHERE state = 'claimed') AS claimed,"
    " count(*) FILTER (WHERE state = 'submitted') AS undecided,"
    " count(*) FILTER (WHERE state = 'submitted' AND settled_at IS NULL) AS unsettled,"
    " count(*) FILTER (WHERE state = 'approved') AS approved,"
    " count(*) FILTER (WHERE state = 'rejected') AS rejected,"
    " count(*) FILTER (WHERE gold_version IS NOT NULL AND given IS NOT NULL) AS gold,"
    " count(DISTINCT worker_id) FILTER (WHERE given IS NOT NULL) AS workers"
    " FROM assignments WHERE job_id = :job"
)
_LABELS = text(
    "SELECT count(*) FILTER (WHERE state = 'provisional') AS provisional,"
    " count(*) FILTER (WHERE state = 'final') AS final,"
    " count(*) FILTER (WHERE needs_review) AS needs_review,"
    " coalesce(avg(confidence), 0)::float8 AS mean_confidence"
    " FROM labels WHERE job_id = :job"
)
_WORKERS = text(
    """
SELECT e.worker_id, w.handle AS worker, e.state, e.state_reason, e.answers_excluded,
    coalesce(a.answered, 0) AS answered, coalesce(a.approved, 0) AS approved,
    coalesce(a.rejected, 0) AS rejected, coalesce(a.active_seconds, 0) AS active_seconds,
    coalesce(g."right", 0) AS gold_right, coalesce(g.wrong, 0) AS gold_wrong
FROM enrolments e
JOIN workers w ON w.id = e.worker_id
LEFT JOIN (
    SELECT worker_id, count(given) AS answered, sum(active_seconds) AS active_seconds,
        count(*) FILTER (WHERE state = 'approved') AS approved,
        count(*) FILTER (WHERE state = 'rejected') AS rejected
    FROM assignments WHERE job_id = :job GROUP BY worker_id) a ON a.worker_id = e.worker_id
LEFT JOIN gold_records g ON g.job = e.job_id AND g.worker_id = e.worker_id
WHERE e.job_id = :job
ORDER BY a.answered DESC NULLS LAST, e.worker_id
"""
)
