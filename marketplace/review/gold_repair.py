"""Correct or withdraw a gold: everything that rested on it is scored again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text, update

from kernel.db import UnitOfWork
from kernel.errors import Missing, Refused
from kernel.types import new_id
from marketplace.jobs import interface, slots
from marketplace.jobs.models import Job, Task
from marketplace.review.events import GoldRepaired
from marketplace.review.settling import gold as gold_settling
from marketplace.review.settling import modelling
from qualification import trust


def correct(uow: UnitOfWork, job: Job, task_id: UUID, known: Mapping[str, Any]) -> Task:
    """Give a gold task another known answer, and judge every answer to it anew."""
    questions = modelling.questions_of(uow, job)
    for control, value in known.items():
        if control not in questions or not questions[control].takes(value):
            sentence = f"“{interface.words(value)}” is no answer to “{control}” in this job."
            raise Refused("known_unknown", sentence)
    if not known:
        raise Refused("known_empty", "Name the known answer of one control or more.")
    task = _locked_gold(uow, job, task_id)
    before = task.known
    task.known, task.known_version = dict(known), task.known_version + 1
    uow.session.flush()
    _rescore(uow, job, task.id)
    uow.audit("gold.corrected", f"task:{job.id}/{task.id}", before, task.known)
    uow.later("review.refit", job.id)
    return task


def withdraw(uow: UnitOfWork, job: Job, task_id: UUID) -> Task:
    """Take a gold task out of use: its answers stay paid and count for nobody's record."""
    task = _locked_gold(uow, job, task_id)
    before = task.state
    if _take_out(uow, job, task):
        rescore_withdrawn(uow, job, task.id)
        uow.audit("gold.withdrawn", f"task:{job.id}/{task.id}", before, "withdrawn")
    return task


def retire(uow: UnitOfWork, job: Job, task_id: UUID) -> Task:
    """Hand a gold task out no more; what it measured so far stands."""
    task = _locked_gold(uow, job, task_id)
    before = task.state
    if _take_out(uow, job, task):
        uow.audit("gold.retired", f"task:{job.id}/{task.id}", before, "withdrawn")
    return task


def use_again(uow: UnitOfWork, job: Job, task_id: UUID) -> Task:
    """Use a gold task again that was withdrawn; its answers count again, by what is known now."""
    task = _locked_gold(uow, job, task_id)
    if task.state != "withdrawn":
        return task
    task.state, task.known_version = "open", task.known_version + 1
    uow.session.flush()
    _rescore(uow, job, task.id)
    slots.refill_gold(uow, job)
    uow.audit("gold.used_again", f"task:{job.id}/{task.id}", "withdrawn", "open")
    uow.later("review.refit", job.id)
    return task


def rescore_withdrawn(uow: UnitOfWork, job: Job, task_id: UUID) -> None:
    """Score anew what rested on a gold that the caller has withdrawn; a new version says so."""
    named = (Task.job_id == job.id, Task.id == task_id)
    uow.session.execute(
        update(Task)
        .where(*named)
        .values(known_version=Task.known_version + 1)
        .execution_options(synchronize_session=False)
    )
    _rescore(uow, job, task_id)
    uow.later("review.refit", job.id)


def _take_out(uow: UnitOfWork, job: Job, task: Task) -> bool:
    """Close a gold task and give its money back; tell whether it was in use."""
    if task.state == "withdrawn":
        return False
    freed = task.slots_open
    task.state, task.slots_open = "withdrawn", 0
    uow.session.flush()
    slots.release_for(uow, job, freed, f"gold:{new_id()}")
    return True


def _locked_gold(uow: UnitOfWork, job: Job, task_id: UUID) -> Task:
    gold_settling.hold_known_answers(uow, job.id)
    sentence = "This job has no such task."
    task = uow.get(Task, (job.id, task_id), sentence, lock=True)
    if task.lane != slots.GOLD_LANE:
        raise Missing("gold_unknown", "This task has no known answer.")
    return task


def _rescore(uow: UnitOfWork, job: Job, task_id: UUID) -> None:
    uow.tell(GoldRepaired(job.id))
    answers = uow.session.execute(_JUDGED, {"job": job.id, "task": task_id}).all()
    if not answers:
        return
    questions = modelling.questions_of(uow, job)
    outcomes = [gold_settling.judge(job.id, answer, questions) for answer in answers]
    correction = trust.Correction(
        outcomes[0].version, {outcome.source: outcome.similarity for outcome in outcomes}
    )
    minimum, error_rate = float(job.gold_minimum), float(job.gold_error_rate)
    trust.rescore_gold(uow, job.id, correction, minimum, error_rate)


_JUDGED = text(
    """
SELECT a.id, a.worker_id, a.given, a.submitted_at, t.known, t.known_version, t.state AS task_state
FROM assignments a JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id
WHERE a.job_id = :job AND a.task_id = :task AND a.settled_at IS NOT NULL AND a.given IS NOT NULL
"""
)
