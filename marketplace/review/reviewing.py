"""A reviewer's word on a label: it is accepted or corrected by a person, and then stays."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kernel.db import UnitOfWork
from kernel.errors import Missing, Refused
from kernel.types import new_id
from marketplace.jobs import interface, slots
from marketplace.jobs.models import Job
from marketplace.jobs.states import LIVE
from marketplace.review.events import LabelsChanged
from marketplace.review.models import Label, LabelVersion
from marketplace.review.settling import evidence, labels, modelling
from marketplace.review.states import LabelState

MODEL = "reviewer"


def set_label(uow: UnitOfWork, job: Job, task_id: UUID, control: str, value: Any) -> Label:
    """Set the label of one control of a task by hand: sure, reviewed, and no more slots for it."""
    question = modelling.questions_of(uow, job).get(control)
    if question is None or not question.takes(value):
        sentence = f"“{interface.words(value)}” is no answer to “{control}” in this job."
        raise Refused("label_unknown", sentence)
    locked = evidence.lock_tasks(uow, job.id, [task_id])
    if not locked or locked[0].lane == slots.GOLD_LANE:
        raise Missing("task_unknown", "This job has no such task to label.")
    label = uow.session.get(Label, (job.id, task_id, control))
    before = None if label is None else label.value
    if label is None:
        state = LabelState.PROVISIONAL if job.state in LIVE else LabelState.FINAL
        label = Label(job_id=job.id, task_id=task_id, control=control, answers_count=0, version=0)
        label.state, label.state_at = state, uow.now
        uow.session.add(label)
    label.value, label.confidence, label.needs_review = value, Decimal(1), False
    label.model, label.model_version, label.version = MODEL, 0, label.version + 1
    label.reviewed_by = uow.identity.user_id
    uow.session.add(_version(label, uow))
    uow.session.flush()
    uow.session.execute(_SETTLE, {"job": job.id, "task": task_id})
    slots.release_for(uow, job, locked[0].slots_open, f"reviewed:{new_id()}")
    uow.audit("label.reviewed", f"label:{job.id}/{task_id}/{control}", before, value)
    uow.tell(LabelsChanged(job.id))
    uow.later("review.settle", job.id)
    return label


def _version(label: Label, uow: UnitOfWork) -> LabelVersion:
    return LabelVersion(
        job_id=label.job_id,
        task_id=label.task_id,
        control=label.control,
        version=label.version,
        at=uow.now,
        value=label.value,
        confidence=label.confidence,
        answers_count=label.answers_count,
        model=label.model,
        model_version=label.model_version,
        cause=labels.REVIEWER,
    )


_SETTLE = text(
    "UPDATE tasks SET state = 'settled', slots_open = 0, waits_for_money = false"
    " WHERE job_id = :job AND id = :task AND state <> 'withdrawn'"
)
