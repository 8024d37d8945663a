"""Show workers their own quality in fair words: what is measured, against what, and what follows.

Where a job does not say at once which tasks are checks, its checks are told with the delay of any
other decision: a count that moved at once would give them away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.types import encode_pair
from marketplace.assignments.models import Enrolment
from marketplace.jobs.models import Job
from marketplace.quality.board import measuring
from marketplace.quality.checks import reading
from marketplace.quality.models import RuleAct
from marketplace.quality.rules import applying, histories
from marketplace.quality.states import ActState
from qualification.rules import language, words

COMPARED_MIN = 10
MISSES_MAX = 50


@dataclass(frozen=True)
class Missed:
    """A check that was missed on a job that shows it, with what was known and why."""

    assignment: str
    data: dict[str, Any]
    given: dict[str, Any]
    known: dict[str, Any]
    explanation: str
    contested: str | None


@dataclass(frozen=True)
class OnJob:
    """One worker's quality on one job.

    `agreement` is None below COMPARED_MIN answers; `rules` are sentences; `acts` what they did.
    """

    job_id: UUID
    title: str
    state: str
    state_reason: str
    minimum: float
    checks: measuring.Share
    checks_sentence: str
    agreement: measuring.Share | None
    agreement_sentence: str
    answered: int
    approved: int
    rejected: int
    seconds: float | None
    expected_seconds: int
    rules: Sequence[str]
    acts: Sequence[RuleAct]
    missed: Sequence[Missed]


def jobs(uow: UnitOfWork, worker_id: UUID) -> Sequence[Any]:
    """List the jobs a worker is or was on, with counts, the latest first; one statement."""
    return uow.session.execute(_JOBS, {"worker": worker_id, "now": uow.now}).all()


def on_job(uow: UnitOfWork, worker_id: UUID, job_id: UUID) -> OnJob:
    """Return a worker's quality on a job they work or worked on."""
    enrolment = uow.session.get(Enrolment, (job_id, worker_id))
    if enrolment is None:
        raise Missing("job_unknown", "You have not worked on this job.")
    job = uow.get(Job, job_id, "There is no such job.")
    [row] = [one for one in jobs(uow, worker_id) if one.job_id == job_id]
    told = _told(uow, job, worker_id)
    checks = measuring.share(sum(one.is_right for one in told), len(told))
    agreement, said = _agreement(uow, job, worker_id)
    in_force = applying.in_force(uow, job_id)
    return OnJob(
        job_id,
        job.title,
        str(enrolment.state),
        enrolment.state_reason,
        float(job.gold_minimum),
        checks,
        checks_sentence(checks, float(job.gold_minimum), job),
        agreement,
        said,
        row.answered,
        row.approved,
        row.rejected,
        row.active_seconds / row.answered if row.answered else None,
        job.expected_seconds,
        [words.of_rule(language.from_json(each.content), job.currency) for each in in_force],
        _acts(uow, job_id, worker_id),
        _missed(uow, job, told),
    )


def checks_sentence(checks: measuring.Share, minimum: float, job: Job) -> str:
    """Say how a worker does on checks, with how little a few of them say."""
    if not job.gold_every:
        return "This job has no check tasks."
    if not checks.seen:
        return "None of your check tasks has been told yet."
    base = f"You were right on {checks.right} of {checks.seen} check tasks. This job asks for "
    base += f"{minimum:.0%}. "
    if checks.low >= minimum:
        return base + "You are safely above that."
    if checks.high < minimum:
        return base + "That is below what is asked; the guidelines are worth another look."
    return base + "So few checks cannot tell yet on which side you are."


def _told(uow: UnitOfWork, job: Job, worker_id: UUID) -> list[reading.Outcome]:
    delay = 0 if job.gold_feedback else job.approval_delay_seconds
    until = uow.now - timedelta(seconds=delay)
    found = reading.outcomes(uow, job, [worker_id])
    return [one for one in found if one.is_counted and one.at <= until]


def _agreement(uow: UnitOfWork, job: Job, worker_id: UUID) -> tuple[measuring.Share | None, str]:
    mine = [seen for who, seen in histories.compared(uow, job) if who == worker_id]
    if len(mine) < COMPARED_MIN:
        return None, (
            "Too few of your answers have been answered by two or more others to compare them."
        )
    agreed, expected = sum(one.value for one in mine), sum(one.expected for one in mine)
    found = measuring.share(int(agreed), len(mine))
    usual = expected / len(mine)
    said = f"You agree with the others on {agreed / len(mine):.0%} of {len(mine)} tasks; "
    if found.high < usual:
        return found, said + f"on the same tasks {usual:.0%} is usual, so yours is lower."
    return (
        found,
        said + f"on the same tasks {usual:.0%} is usual, so yours is as expected or better.",
    )


def _acts(uow: UnitOfWork, job_id: UUID, worker_id: UUID) -> Sequence[RuleAct]:
    own = (RuleAct.job_id == job_id, RuleAct.worker_id == worker_id)
    standing = RuleAct.state != ActState.TAKEN_BACK
    return uow.session.scalars(
        select(RuleAct).where(*own, standing).order_by(RuleAct.id.desc()).limit(MISSES_MAX)
    ).all()


def _missed(uow: UnitOfWork, job: Job, told: Sequence[reading.Outcome]) -> list[Missed]:
    if not job.gold_feedback:
        return []
    ids = [one.assignment_id for one in told if not one.is_right][-MISSES_MAX:]
    rows = uow.session.execute(_MISSED, {"job": job.id, "ids": ids})
    return [
        Missed(
            encode_pair(job.id, row.id),
            row.data,
            row.given,
            row.known,
            row.explanation,
            row.contested,
        )
        for row in rows
    ]


_JOBS = text(
    """
SELECT e.job_id, j.title, e.state, e.state_reason, count(a.given) AS answered,
    count(*) FILTER (WHERE a.state = 'approved') AS approved,
    count(*) FILTER (WHERE a.state = 'rejected') AS rejected,
    COALESCE(sum(a.active_seconds) FILTER (WHERE a.given IS NOT NULL), 0) AS active_seconds
FROM enrolments e
JOIN jobs j ON j.id = e.job_id
LEFT JOIN assignments a ON a.job_id = e.job_id AND a.worker_id = e.worker_id
    AND a.final_at <= :now
WHERE e.worker_id = :worker
GROUP BY e.job_id, j.title, e.state, e.state_reason, e.created_at
ORDER BY e.created_at DESC LIMIT 100
"""
)
_MISSED = text(
    """
SELECT a.id, t.data, a.given, t.known, t.explanation, c.state AS contested
FROM assignments a JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id
LEFT JOIN gold_contests c ON c.job_id = a.job_id AND c.assignment_id = a.id
WHERE a.job_id = :job AND a.id = ANY (CAST(:ids AS uuid[])) ORDER BY a.id DESC
"""
)
