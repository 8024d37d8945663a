"""Background work of quality: let rules look, watch gold, draw audits, follow new targets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from kernel.chores import chore
from kernel.db import UnitOfWork
from kernel.runtime import Runtime
from marketplace.assignments.models import Assignment
from marketplace.assignments.states import AssignmentState
from marketplace.jobs.models import Job
from marketplace.quality import second_looks
from marketplace.quality.checks import supplying, watching
from marketplace.quality.rules import applying
from marketplace.review.settling import fitting, labels

LOOK_SECONDS = 20


def look_soon(uow: UnitOfWork, news: Mapping[str, Any]) -> None:
    """Ask for a look at a job that has gold or rules: once for all that happens meanwhile.

    Answers just handed in are looked at when they are final and read.
    """
    job = uow.get(Job, UUID(str(news["job_id"])), "There is no such job.")
    if job.gold_every or applying.in_force(uow, job.id):
        at = uow.now + timedelta(seconds=job.undo_seconds + LOOK_SECONDS)
        uow.later("quality.look", job.id, at=at)


def look_again_soon(uow: UnitOfWork, news: Mapping[str, Any]) -> None:
    """Ask for another look at what rested on gold that was mended."""
    uow.later("quality.look_again", news["job_id"])


def end_training(uow: UnitOfWork, news: Mapping[str, Any]) -> None:
    """Let a worker go on who passed an exam that a rule asked for."""
    applying.end_training(uow, UUID(news["worker_id"]), UUID(news["exam_id"]))


@chore("quality.look")
def look(runtime: Runtime, key: str) -> datetime | None:
    """Watch the gold of a job, then let its rules look at who was active."""
    runtime.database.run(lambda uow: watching.watch(uow, UUID(key)))
    runtime.database.run(lambda uow: supplying.tell_shortage(uow, UUID(key)))
    runtime.database.run(lambda uow: applying.apply(uow, UUID(key)))
    return runtime.database.run(lambda uow: _come_back(uow, UUID(key)))


@chore("quality.look_again")
def look_again(runtime: Runtime, key: str) -> datetime | None:
    """Take back what rules did on gold that was wrong, then let them look anew."""
    runtime.database.run(lambda uow: applying.look_again(uow, UUID(key)))
    runtime.database.run(lambda uow: applying.apply(uow, UUID(key)))
    return None


@chore("quality.end_due", queue="quick")
def end_due(runtime: Runtime, _key: str) -> datetime | None:
    """End the pauses whose time is over."""
    while runtime.database.run(applying.end_due):
        continue
    return None


@chore("quality.draw_audit")
def draw_audit(runtime: Runtime, key: str) -> datetime | None:
    """Draw the random audit share of a job's tasks."""
    runtime.database.run(lambda uow: second_looks.draw(uow, UUID(key)))
    return None


@chore("quality.use_target", queue="slow")
def use_target(runtime: Runtime, key: str) -> datetime | None:
    """Look at all labels of a job again whose target changed: some tasks end, some go on."""
    fitting.relabel(runtime.database, UUID(key), labels.REFIT)
    runtime.database.run(lambda uow: uow.later("review.settle", key))
    return None


def _come_back(uow: UnitOfWork, job_id: UUID) -> datetime | None:
    """Return when to look again where final answers still wait to be read."""
    unread = select(Assignment.id).where(
        Assignment.job_id == job_id,
        Assignment.state == AssignmentState.SUBMITTED,
        Assignment.settled_at.is_(None),
        Assignment.final_at <= uow.now,
    )
    if uow.session.scalar(unread.limit(1)) is None:
        return None
    return uow.now + timedelta(seconds=LOOK_SECONDS)
