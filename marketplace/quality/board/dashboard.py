"""Put a job's quality on one page: gold, agreement, confusion, confidence, people, doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text

from kernel.db import UnitOfWork
from kernel.errors import Missing
from marketplace.jobs.models import Job
from marketplace.quality import second_looks
from marketplace.quality.board import honesty, measuring, people
from marketplace.quality.checks import reading
from marketplace.review.models import LabelModel
from marketplace.review.settling import modelling

DOUBTFUL_MAX = 20


@dataclass(frozen=True)
class Picked:
    """The model that names the labels, and why it was picked."""

    name: str
    version: int
    answers_count: int
    pick: Mapping[str, Any]


@dataclass(frozen=True)
class Dashboard:
    """The quality of one control of a job.

    `agreement`, `by_class` and the confusions are of a choice between classes; `likeness` is what
    any other kind reports of how alike answers are, by name.
    """

    control: str
    controls: Sequence[str]
    kind: str
    classes: Sequence[str]
    gold: measuring.Share
    gold_steps: Sequence[measuring.Share]
    agreement: measuring.Agreement
    likeness: Mapping[str, float | None]
    by_guidelines: Mapping[int, measuring.Agreement]
    by_class: Sequence[measuring.Share]
    beside_label: measuring.Confusion
    beside_known: measuring.Confusion
    confidences: Sequence[int]
    answers_per_task: Sequence[tuple[int, int]]
    calibration: honesty.Honesty
    audit: measuring.Share
    disagreements: Sequence[Any]
    people: Sequence[people.Person]
    doubtful: Sequence[Any]
    model: Picked | None


def dashboard(uow: UnitOfWork, job: Job, wanted: str | None = None) -> Dashboard:
    """Return the quality of a job's control, the first with classes where none is named."""
    with_classes = modelling.classes_of(uow, job)
    questions = modelling.questions_of(uow, job)
    every = [*with_classes, *(name for name in questions if name not in with_classes)]
    control = wanted or next(iter(every), "")
    if control not in every and (wanted or every):
        raise Missing("control_unknown", "This job has no such question.")
    classes = with_classes.get(control, ())
    outcomes = reading.outcomes(uow, job)
    counted = [one.is_right for one in outcomes if one.is_counted]
    overall, by_guidelines, by_class = measuring.agreement_of(uow, job, control, classes)
    beside_label, beside_known = measuring.confusion(uow, job, control, classes)
    values = {"job": job.id, "control": control, "most": DOUBTFUL_MAX}
    audited = uow.session.execute(_AUDIT, values).one()
    return Dashboard(
        control=control,
        controls=every,
        kind=questions[control].name if control in questions else "",
        classes=classes,
        gold=measuring.share(sum(counted), len(counted)),
        gold_steps=measuring.gold_over_time(outcomes),
        agreement=overall,
        likeness=measuring.likeness(uow, job, control, questions.get(control)),
        by_guidelines=by_guidelines,
        by_class=by_class,
        beside_label=beside_label,
        beside_known=beside_known,
        confidences=measuring.confidences(uow, job, control),
        answers_per_task=measuring.answers_per_task(uow, job, control),
        calibration=honesty.honesty(uow, job, control),
        audit=measuring.share(audited.right, audited.seen),
        disagreements=second_looks.disagreements(uow, job.id),
        people=people.people(uow, job, outcomes),
        doubtful=uow.session.execute(_DOUBTFUL, values).all(),
        model=picked(uow, job, control),
    )


def picked(uow: UnitOfWork, job: Job, control: str) -> Picked | None:
    """Return the last model fitted to a control, with the reason it was picked."""
    row = uow.session.execute(
        select(
            LabelModel.name,
            LabelModel.version,
            LabelModel.answers_count,
            LabelModel.content["pick"],
        )
        .where(LabelModel.job_id == job.id, LabelModel.control == control)
        .order_by(LabelModel.version.desc())
        .limit(1)
    ).first()
    return None if row is None else Picked(row[0], row[1], row[2], row[3] or {})


_DOUBTFUL = text(
    """
SELECT l.task_id, t.position, t.external_id, l.value, l.confidence::float8 AS confidence,
    l.answers_count, l.needs_review, t.data
FROM labels l JOIN tasks t ON t.job_id = l.job_id AND t.id = l.task_id
WHERE l.job_id = :job AND l.control = :control AND l.reviewed_by IS NULL AND l.answers_count > 0
  AND t.state = 'settled' ORDER BY l.confidence, t.position LIMIT :most
"""
)
_AUDIT = text(
    """
SELECT count(*) FILTER (WHERE value = label_value) AS right, count(*) AS seen
FROM second_looks WHERE job_id = :job AND control = :control AND purpose = 'audit'
"""
)
