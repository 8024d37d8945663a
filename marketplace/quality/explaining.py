"""Say why a label is what it is: its answers, what each moved, the model, and why it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kernel.db import UnitOfWork
from kernel.errors import Missing
from marketplace.jobs.models import Job, Task
from marketplace.quality.board import dashboard, measuring
from marketplace.review import queries
from marketplace.review.models import Label, LabelVersion
from marketplace.review.settling import modelling, panels
from marketplace.review.settling.beliefs import Belief, Crowd
from marketplace.review.settling.evidence import Answered
from marketplace.review.settling.panels import Panel
from qualification import trust

AGREES, DIFFERS = "agrees", "differs"


@dataclass(frozen=True)
class Voice:
    """One answer under a label: whose, what, and what the label was after it and without it."""

    worker_id: UUID
    worker: str
    given: Any
    state: str
    at: datetime
    seconds: int
    gold: measuring.Share
    is_counted: bool
    after: Belief | None
    without: Belief | None


@dataclass(frozen=True)
class Why:
    """Everything that one label rests on."""

    task: Task
    label: Label
    voices: Sequence[Voice]
    versions: Sequence[LabelVersion]
    model: dashboard.Picked | None
    stopped: str
    named_by: str


def why(uow: UnitOfWork, job: Job, task_id: UUID, control: str | None = None) -> Why:
    """Return why a label is what it is; raise Missing where there is none.

    Each answer's part is found by asking the same question again: after each answer in the order
    they came, and once without it.
    """
    found = [
        one
        for one in queries.labels_of_task(uow, job.id, task_id)
        if control is None or one.control == control
    ]
    if not found:
        raise Missing("label_unknown", "This task has no label yet.")
    label = found[0]
    task = uow.get(Task, (job.id, task_id), "This job has no such task.")
    rows = uow.session.execute(_ANSWERS, {"job": job.id, "task": task_id}).all()
    crowd = modelling.crowds(uow, job).get(label.control)
    versions = [
        one for one in queries.label_versions(uow, job.id, task_id) if one.control == label.control
    ]
    return Why(
        task,
        label,
        _voices(uow, job, rows, label.control, crowd),
        versions,
        dashboard.picked(uow, job, label.control),
        _stopped(job, task, label),
        _named_by(label),
    )


def _voices(
    uow: UnitOfWork, job: Job, rows: Sequence[Any], control: str, crowd: Crowd | Panel | None
) -> list[Voice]:
    used = [row for row in rows if row.is_counted]
    answers = [_answered(row) for row in used]
    groups = [answers[: place + 1] for place in range(len(answers))]
    groups += [answers[:place] + answers[place + 1 :] for place in range(len(answers))]
    beliefs = panels.believe(crowd, groups, modelling.stopping_of(job)) if crowd and groups else []
    counts = trust.skills(uow, job.id)
    after = dict(zip([row.id for row in used], beliefs[: len(used)], strict=False))
    without = dict(zip([row.id for row in used], beliefs[len(used) :], strict=False))
    return [
        Voice(
            row.worker_id,
            row.handle,
            row.given.get(control),
            row.state,
            row.submitted_at,
            row.active_seconds,
            _gold(counts.get(row.worker_id)),
            row.is_counted,
            after.get(row.id),
            without.get(row.id),
        )
        for row in rows
    ]


def _answered(row: Any) -> Answered:
    return Answered(
        row.id, row.task_id, row.worker_id, row.given, row.reward_micros, row.fee_micros
    )


def _gold(counts: trust.GoldCounts | None) -> measuring.Share:
    if counts is None:
        return measuring.share(0, 0)
    return measuring.share(counts.right, counts.right + counts.wrong)


def _stopped(job: Job, task: Task, label: Label) -> str:
    """Say in one sentence why no more answers were asked for, or that some still are."""
    target = float(job.confidence)
    sure = f"{float(label.confidence):.1%}"
    if label.reviewed_by is not None:
        return "A person decided it, so it stays as they said."
    if task.waits_for_money:
        return "One more answer is wanted, and the budget does not reach for it."
    if task.state != "settled":
        return "More answers are on their way, so it may still change."
    if job.answers_min == job.answers_max:
        return f"The job asks for {job.answers_max} answers to every task, and they are in."
    if not label.needs_review and float(label.confidence) >= target:
        return f"It is {sure} sure and the job asks for {target:.0%}, so no more were bought."
    if label.answers_count >= job.answers_max:
        return f"It has {label.answers_count} answers, the most the job allows, at {sure}."
    return f"No more answers could be bought, and it is {sure} sure where {target:.0%} are asked."


def _named_by(label: Label) -> str:
    if label.reviewed_by is not None:
        return "a person"
    version = f", version {label.model_version}" if label.model_version else ""
    return f"{label.model.replace('_', ' ')}{version}"


_ANSWERS = text(
    """
SELECT a.id, a.task_id, a.worker_id, w.handle, a.given, a.state, a.submitted_at, a.active_seconds,
    a.reward_micros, a.fee_micros,
    a.state <> 'rejected' AND NOT COALESCE(e.answers_excluded, false) AS is_counted
FROM assignments a
JOIN workers w ON w.id = a.worker_id
LEFT JOIN enrolments e ON e.job_id = a.job_id AND e.worker_id = a.worker_id
WHERE a.job_id = :job AND a.task_id = :task AND a.given IS NOT NULL AND a.settled_at IS NOT NULL
ORDER BY a.submitted_at, a.id
"""
)
