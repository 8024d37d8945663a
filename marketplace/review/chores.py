"""Background work of review: settling, fitting, deciding by delay, disputes and exports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from kernel.chores import chore
from kernel.db import UnitOfWork
from kernel.runtime import Runtime
from marketplace.assignments.models import Assignment
from marketplace.assignments.states import AssignmentState
from marketplace.review import exporting, invariants
from marketplace.review.deciding import by_delay, removing, upholding
from marketplace.review.disputes import ruling, settlement
from marketplace.review.settling import finishing, fitting, gold, labels, tasks

BACKLOG_ANSWERS = 5_000

invariants.register_all()


@chore("review.settle", queue="quick")
def settle(runtime: Runtime, key: str) -> datetime | None:
    """Settle the final answers of a job, gold first; come back when the next become final."""
    job_id = UUID(key)
    runtime.database.run(lambda uow: _ask_for_help(uow, job_id))
    _settle(runtime, job_id)
    return runtime.database.run(lambda uow: finishing.finish(uow, job_id))


@chore("review.settle_along", queue="quick")
def settle_along(runtime: Runtime, key: str) -> datetime | None:
    """Help another runner with a backlog of one job: each takes tasks that nobody holds."""
    _settle(runtime, UUID(key))
    return None


@chore("review.refit", queue="slow")
def refit(runtime: Runtime, key: str) -> datetime | None:
    """Fit a job's models to all its answers, and conclude anew about every task by them."""
    job_id = UUID(key)
    if fitting.fit_job(runtime.database, job_id):
        fitting.relabel(runtime.database, job_id, labels.REFIT)
    runtime.database.run(lambda uow: uow.later("review.settle", job_id))
    return None


@chore("review.complete", queue="quick")
def complete(runtime: Runtime, key: str) -> datetime | None:
    """Complete a job whose tasks are all settled."""
    runtime.database.run(lambda uow: finishing.complete(uow, UUID(key)))
    return None


@chore("review.sweep", queue="quick")
def sweep(runtime: Runtime, _key: str) -> datetime | None:
    """Ask for settling wherever final answers wait, or an open job has nothing left to settle."""
    runtime.database.run(_ask_for_settling)
    return None


@chore("review.approve_due", queue="quick")
def approve_due(runtime: Runtime, _key: str) -> datetime | None:
    """Approve what nobody decided about in time, job by job."""
    with runtime.database.unit_of_work() as uow:
        due = by_delay.jobs_due(uow)
    for job_id in due:
        _drain(runtime, lambda uow, job_id=job_id: by_delay.approve_due(uow, job_id))  # type: ignore[misc]
    return None


@chore("review.end_holds")
def end_holds(runtime: Runtime, _key: str) -> datetime | None:
    """Give back what is held for rejected answers no one can appeal any more, job by job."""
    with runtime.database.unit_of_work() as uow:
        holding = by_delay.jobs_holding(uow)
    for job_id in holding:
        _drain(runtime, lambda uow, job_id=job_id: by_delay.end_holds(uow, job_id))  # type: ignore[misc]
        runtime.database.run(lambda uow, job_id=job_id: by_delay.use_budget(uow, job_id))  # type: ignore[misc]
    return None


@chore("review.uphold_reports")
def uphold_reports(runtime: Runtime, key: str) -> datetime | None:
    """Withdraw the tasks of a job that several workers reported, and pay who reported them."""
    runtime.database.run(lambda uow: upholding.uphold(uow, UUID(key)))
    return None


@chore("review.pause_worker", queue="quick")
def pause_worker(runtime: Runtime, key: str) -> datetime | None:
    """Pause or resume workers of a job as their gold says."""
    runtime.database.run(lambda uow: removing.compare_with_gold(uow, UUID(key)))
    return None


@chore("review.replace_answers")
def replace_answers(runtime: Runtime, key: str) -> datetime | None:
    """Settle the tasks of a removed worker anew; the key is `job/worker/switches`."""
    after: UUID | None = UUID(int=0)
    while after is not None:
        after = runtime.database.run(
            lambda uow, after=after: removing.replace_answers(uow, key, after)  # type: ignore[misc]
        )
    runtime.database.run(lambda uow: uow.later("review.settle", key.partition("/")[0]))
    return None


@chore("review.rule_overdue")
def rule_overdue(runtime: Runtime, _key: str) -> datetime | None:
    """Decide for the worker wherever the other side was silent."""
    _drain(runtime, ruling.rule_overdue)
    return None


@chore("review.settle_dispute")
def settle_dispute(runtime: Runtime, key: str) -> datetime | None:
    """Carry out what a decided dispute says."""
    while runtime.database.run(lambda uow: settlement.settle(uow, UUID(key))):
        continue
    return None


@chore("review.export")
def export(runtime: Runtime, key: str) -> datetime | None:
    """Write the file of an export."""
    exporting.write(runtime.database, runtime.storage, UUID(key))
    return None


def _settle(runtime: Runtime, job_id: UUID) -> None:
    _drain(runtime, lambda uow: gold.settle_some(uow, job_id))
    _drain(runtime, lambda uow: tasks.settle_some(uow, job_id))


def _ask_for_help(uow: UnitOfWork, job_id: UUID) -> None:
    """Let a second runner, where there is one, take part in a backlog."""
    values = {"job": job_id, "now": uow.now, "most": BACKLOG_ANSWERS}
    if uow.session.scalar(_BACKLOG, values):
        uow.later("review.settle_along", job_id)


def _drain(runtime: Runtime, work: Callable[[UnitOfWork], int]) -> None:
    """Repeat a batch in transactions of its own until it finds nothing."""
    while runtime.database.run(work):
        continue


def _ask_for_settling(uow: UnitOfWork) -> None:
    waiting = select(Assignment.job_id).where(
        Assignment.state == AssignmentState.SUBMITTED,
        Assignment.settled_at.is_(None),
        Assignment.final_at <= uow.now,
    )
    jobs = {*uow.session.scalars(waiting.distinct()), *uow.session.scalars(_FINISHED)}
    for job_id in sorted(jobs):
        uow.later("review.settle", job_id)


_BACKLOG = text(
    "SELECT count(*) = :most FROM (SELECT FROM assignments WHERE job_id = :job"
    " AND state = 'submitted' AND settled_at IS NULL AND final_at <= :now LIMIT :most) AS backlog"
)
_FINISHED = text(
    "SELECT j.id FROM jobs j WHERE j.state = 'open' AND NOT EXISTS ("
    " SELECT FROM tasks t WHERE t.job_id = j.id AND t.lane < 2"
    " AND t.state NOT IN ('settled', 'withdrawn'))"
)
