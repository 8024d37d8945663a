"""Browsing: which jobs a worker may see, what they really pay, and what stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, case, func, select

from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.identity import Identity
from kernel.money import Money
from kernel.web.paging import Page
from marketplace.assignments.handout import enrolling
from marketplace.assignments.models import Assignment
from marketplace.assignments.states import AssignmentState
from marketplace.jobs.models import Job, JobVersion, Task
from marketplace.jobs.states import CLAIMABLE, JobState
from qualification import eligibility
from qualification.eligibility import Reason
from workers.models import Worker

HOURLY_ANSWERS_MIN = 10
SORTED_MAX = 200
SECONDS_PER_HOUR = 3_600


@dataclass(frozen=True)
class OpenJob:
    """One job as a worker browsing sees it.

    `hourly` is what approved answers earned per active hour, None until there are ten of them.
    """

    id: UUID
    title: str
    summary: str
    state: JobState
    reward: Money
    hourly: Money | None
    expected_seconds: int
    tasks_left: int
    approval: str
    approval_delay_seconds: int
    may: bool
    reasons: Sequence[Reason]


def open_jobs(
    uow: UnitOfWork, identity: Identity, cursor: UUID | None, limit: int
) -> Page[OpenJob]:
    """List jobs that hand out tasks, newest first, leaving out what the worker may not discover."""
    assert identity.worker_id is not None
    worker = uow.get(Worker, identity.worker_id, "There is no such worker.")
    query = (
        select(Job, JobVersion.reward_micros)
        .join(JobVersion, _price_of_job())
        .where(Job.state.in_(CLAIMABLE), Job.organisation_id.notin_(list(identity.roles)))
        .order_by(Job.id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        query = query.where(Job.id < cursor)
    rows = uow.session.execute(query).all()
    shown = rows[:limit]
    items = _describe(uow, worker, shown)
    visible = [item for item in items if all(r.guards != "discover" for r in item.reasons)]
    return Page(visible, str(shown[-1][0].id) if len(rows) > limit else None)


def open_jobs_by(
    uow: UnitOfWork, identity: Identity, order: str, *, only_fit: bool = False
) -> Page[OpenJob]:
    """Sort the newest open jobs by `hour`, `short` or `many`, or leave them by `new`; one page.

    By the hour, what is measured comes first, then what the price and the time expected promise.
    """
    found = open_jobs(uow, identity, None, SORTED_MAX).items
    fit = [job for job in found if job.may or not only_fit]
    return Page(sorted(fit, key=_ORDERS[order]) if order in _ORDERS else fit, None)


def _by_hour(job: OpenJob) -> tuple[bool, int]:
    promised = job.reward.micros * SECONDS_PER_HOUR // job.expected_seconds
    return job.hourly is None, -(job.hourly.micros if job.hourly else promised)


_ORDERS: Mapping[str, Callable[[OpenJob], Any]] = {
    "hour": _by_hour,
    "short": lambda job: job.expected_seconds,
    "many": lambda job: -job.tasks_left,
}


def open_job(uow: UnitOfWork, identity: Identity, job_id: UUID) -> OpenJob:
    """Return one job as a worker sees it; a draft, or a hidden one, does not exist."""
    assert identity.worker_id is not None
    row = uow.session.execute(
        select(Job, JobVersion.reward_micros)
        .join(JobVersion, _price_of_job())
        .where(Job.id == job_id, Job.state != JobState.DRAFT)
    ).first()
    if row is None:
        raise Missing("job_unknown", "There is no such job.")
    worker = uow.get(Worker, identity.worker_id, "There is no such worker.")
    found = _describe(uow, worker, [row])[0]
    if any(reason.guards in {"discover", "preview"} for reason in found.reasons):
        raise Missing("job_unknown", "There is no such job.")
    return found


def _describe(
    uow: UnitOfWork, worker: Worker, rows: Sequence[Row[Job, int | None]]
) -> list[OpenJob]:
    """Put together what a worker sees of some jobs, in a fixed number of statements."""
    job_ids = [job.id for job, _ in rows]
    asked = enrolling.requirements_of(uow, job_ids)
    facts = enrolling.facts_of(uow, worker.id)
    every = [requirement for one in asked.values() for requirement in one]
    holdings = eligibility.held(uow, worker.id, every)
    left, pay = _slots_left(uow, job_ids), _hourly(uow, job_ids)
    found = []
    for job, reward in rows:
        reasons = eligibility.judge(worker, holdings, asked[job.id], facts)
        price, hourly = Money(reward or 0, job.currency), pay.get(job.id)
        rate = None if hourly is None else Money(hourly, job.currency)
        found.append(_open_job(job, (price, rate), left.get(job.id, 0), reasons))
    return found


def _open_job(
    job: Job, pay: tuple[Money, Money | None], tasks_left: int, reasons: Sequence[Reason]
) -> OpenJob:
    return OpenJob(
        id=job.id,
        title=job.title,
        summary=job.summary,
        state=job.state,
        reward=pay[0],
        hourly=pay[1],
        expected_seconds=job.expected_seconds,
        tasks_left=tasks_left,
        approval=job.approval,
        approval_delay_seconds=job.approval_delay_seconds,
        may=not reasons,
        reasons=reasons,
    )


def _price_of_job() -> ColumnElement[bool]:
    return and_(
        JobVersion.job_id == Job.id,
        JobVersion.part == "price",
        JobVersion.version == Job.price_version,
    )


def _slots_left(uow: UnitOfWork, job_ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = uow.session.execute(
        select(Task.job_id, func.sum(Task.slots_open))
        .where(Task.job_id.in_(job_ids), Task.slots_open > 0, Task.lane < 2)
        .group_by(Task.job_id)
    )
    return {job_id: int(slots) for job_id, slots in rows}


def _hourly(uow: UnitOfWork, job_ids: Sequence[UUID]) -> dict[UUID, int]:
    seconds = func.sum(func.greatest(Assignment.active_seconds, 1))
    enough = func.count() >= HOURLY_ANSWERS_MIN
    earned = func.sum(Assignment.reward_micros) * SECONDS_PER_HOUR
    rows = uow.session.execute(
        select(Assignment.job_id, case((enough, earned / seconds)))
        .where(Assignment.job_id.in_(job_ids), Assignment.state == AssignmentState.APPROVED)
        .group_by(Assignment.job_id)
    )
    return {job_id: int(micros) for job_id, micros in rows if micros is not None}
