"""Settle tasks: from their answers to a label, a decision to stop or buy one more, and approvals.

One transaction holds some tasks of one job, and the ledger. Tasks are locked first (by id), then
their undecided answers, then accounts; the job's row only against a change of its price. What is
concluded is a function of the rows as they are, so settling twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from kernel.db import UnitOfWork
from kernel.sql import arrays
from kernel.types import new_id
from marketplace.jobs import slots
from marketplace.jobs.models import Job
from marketplace.jobs.states import JOB, LIVE, JobState
from marketplace.review.settling import agreeing, approving, evidence, labels, modelling, panels
from marketplace.review.settling.beliefs import Belief, Crowd
from marketplace.review.settling.evidence import Evidence
from marketplace.review.settling.panels import Panel

TASKS_MAX = 200
ANSWERS_MAX = 2_000
BOUNDED_CAUSES = (labels.REFIT, labels.GOLD_REPAIR)


class Step(StrEnum):
    """What a task needs next."""

    DONE = "done"
    WAIT = "wait"
    ONE_MORE = "one_more"


@dataclass(frozen=True)
class Conclusion:
    """What the evidence on one task says, by control, and what the task needs next."""

    task: Row[Any]
    beliefs: Mapping[str, Belief]
    is_sure: bool
    step: Step


@dataclass(frozen=True)
class Settled:
    """How many answers were read for the first time, and how many labels changed."""

    answers_read: int
    labels_changed: int


def settle_some(uow: UnitOfWork, job_id: UUID) -> int:
    """Settle some tasks that have final answers nobody has read; return how many were read.

    Tasks that another runner holds are left to it.
    """
    job = held_job(uow, job_id)
    values = {"job": job_id, "now": uow.now, "answers": ANSWERS_MAX, "tasks": TASKS_MAX}
    picked = uow.session.execute(_PICK, values).all()
    return settle(uow, job, picked, labels.NEW_ANSWER).answers_read if picked else 0


def held_job(uow: UnitOfWork, job_id: UUID) -> Job:
    """Load a job and hold its price: all but a price change may go on beside this lock."""
    weakest = {"read": True, "key_share": True}
    job = uow.session.get(Job, job_id, with_for_update=weakest, populate_existing=True)
    assert job is not None, "chores are asked for by those who have the job"
    return job


def settle(uow: UnitOfWork, job: Job, tasks: Sequence[Row[Any]], cause: str) -> Settled:
    """Conclude about locked tasks (see evidence.lock_tasks) anew, for a cause, whatever it was.

    Where the caller has locked the job, a completed job whose tasks need more answers opens again.
    """
    plain = [task for task in tasks if task.lane != slots.GOLD_LANE]
    used = [task for task in plain if task.state != "withdrawn"]
    known = evidence.load(uow, job.id, [task.id for task in plain])
    crowds = modelling.crowds(uow, job)
    found = [_bounded(job, one, cause) for one in _conclude(uow, job, used, known, crowds)]
    approved = agreeing.to_approve(uow, job, known, crowds)
    wanting = [one for one in found if one.step is Step.ONE_MORE]
    others = [one for one in found if one.step is not Step.ONE_MORE]
    changed = labels.keep(uow, job, _drafts(others, crowds, set()), cause)
    done = _finish(uow, job, found)
    read = approving.decide(uow, job, approved, approving.BY_POLICY, are_read=True)
    read += len(uow.session.execute(_READ, _named(job.id, plain) | {"now": uow.now}).all())
    # From here on other settlers of the job wait, so it comes as late as may be.
    approving.lock_accounts(uow, job, approved)
    opened = _open(uow, job, wanting, cause)
    changed += labels.keep(uow, job, _drafts(wanting, crowds, opened), cause)
    slots.release_for(uow, job, sum(task.slots_open for task in done), f"settled:{new_id()}")
    approving.pay(uow, job, approved)
    return Settled(read, changed)


def _conclude(
    uow: UnitOfWork,
    job: Job,
    tasks: Sequence[Row[Any]],
    known: Mapping[UUID, Evidence],
    crowds: Mapping[str, Crowd | Panel],
) -> list[Conclusion]:
    groups = [known[task.id].usable for task in tasks]
    settings = modelling.stopping_of(job)
    columns = {
        control: panels.believe(crowd, groups, settings) for control, crowd in crowds.items()
    }
    counting = modelling.counting_of(uow, job)
    found = []
    for place, task in enumerate(tasks):
        beliefs = {control: column[place] for control, column in columns.items()}
        has_least = bool(counting) or len(known[task.id].usable) >= job.answers_min
        is_agreed = has_least and all(beliefs[control].is_sure for control in counting)
        is_sure = task.is_reviewed or is_agreed
        is_enough = has_least and all(beliefs[control].is_enough for control in counting)
        step = Step.DONE if is_sure or is_enough else _next_step(job, task, known[task.id])
        found.append(Conclusion(task, beliefs, is_sure, step))
    return found


def _next_step(job: Job, task: Row[Any], known: Evidence) -> Step:
    if len(known.usable) >= job.answers_max:
        return Step.DONE
    if task.slots_open or known.pending_count:
        return Step.WAIT
    if task.slots_open + task.slots_taken >= task.slots_max:
        return Step.DONE
    return Step.ONE_MORE


def _bounded(job: Job, one: Conclusion, cause: str) -> Conclusion:
    """Keep a settled task closed where a later look, not a lost answer, makes its label unsure.

    Re-opening is bounded, and a label that was taken stays as it was paid for.
    """
    if one.step is not Step.ONE_MORE or one.task.state != "settled" or cause not in BOUNDED_CAUSES:
        return one
    if one.task.is_taken or one.task.reopenings >= job.reopenings_max:
        return Conclusion(one.task, one.beliefs, one.is_sure, Step.DONE)
    return one


def _open(uow: UnitOfWork, job: Job, found: Sequence[Conclusion], cause: str) -> set[UUID]:
    """Open one more slot on tasks that need one, budget allowing; return those that got it."""
    wanting = [one.task.id for one in found]
    if wanting and job.state == JobState.COMPLETED and cause in (labels.REJECTION, labels.APPEAL):
        JOB.move(job, JobState.OPEN, uow.now)
        uow.audit("job.reopened", f"job:{job.id}", after={"cause": cause})
        uow.session.flush()
    again = {one.task.id for one in found if one.task.state == "settled"} & set(wanting)
    if again and job.state in LIVE:
        uow.session.execute(_REOPEN, {"job": job.id, "tasks": list(again)})
    return slots.open_one_more(uow, job, wanting) if job.state in LIVE else set()


def _drafts(
    found: Sequence[Conclusion], crowds: Mapping[str, Crowd | Panel], opened: set[UUID]
) -> list[labels.Draft]:
    """Return the labels as they are now; doubtful ones with nothing left to buy need review."""
    return [
        labels.Draft(one.task.id, crowds[control], belief, _needs_review(one, opened))
        for one in found
        if not one.task.is_reviewed
        for control, belief in one.beliefs.items()
    ]


def _needs_review(one: Conclusion, opened: set[UUID]) -> bool:
    if one.is_sure or one.step is Step.WAIT:
        return False
    return one.step is Step.DONE or one.task.id not in opened


def _finish(uow: UnitOfWork, job: Job, found: Sequence[Conclusion]) -> list[Row[Any]]:
    """Mark tasks as settled and return them: their open slots go back to the budget."""
    done = [one.task for one in found if one.step is Step.DONE]
    if done:
        uow.session.execute(_SETTLE, _named(job.id, done))
    return done


def _named(job_id: UUID, tasks: Sequence[Row[Any]]) -> dict[str, Any]:
    return {"job": job_id, "tasks": arrays.literal(task.id for task in tasks)}


_PICK = text(
    f"""
SELECT {evidence.TASK_COLUMNS} FROM tasks t
WHERE t.job_id = :job AND t.lane < 2 AND t.id IN (
    SELECT task_id FROM (
        SELECT a.task_id FROM assignments a
        WHERE a.job_id = :job AND a.state = 'submitted' AND a.settled_at IS NULL
          AND a.final_at <= :now AND a.gold_version IS NULL
        ORDER BY a.final_at, a.id LIMIT :answers) AS oldest)
ORDER BY t.id LIMIT :tasks FOR NO KEY UPDATE OF t SKIP LOCKED
"""
)
_REOPEN = text(
    "UPDATE tasks SET reopenings = reopenings + 1, state = 'open'"
    " WHERE job_id = :job AND id = ANY (CAST(:tasks AS uuid[]))"
)
_SETTLE = text(
    "UPDATE tasks SET state = 'settled', slots_open = 0, waits_for_money = false"
    " WHERE job_id = :job AND id = ANY (CAST(:tasks AS uuid[]))"
)
_READ = text(
    "UPDATE assignments SET settled_at = :now"
    " WHERE job_id = :job AND task_id = ANY (CAST(:tasks AS uuid[]))"
    " AND settled_at IS NULL AND final_at <= :now AND state <> 'claimed' RETURNING id"
)
