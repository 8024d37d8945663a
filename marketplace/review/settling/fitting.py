"""Fit the models of a job to all its answers, when these have doubled and before it completes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Row, func, select, text
from sqlalchemy.dialects.postgresql import insert

from consensus import inference, matrix, selection
from consensus.arrays import IntArray
from consensus.inference import UNKNOWN
from consensus.questions import Question
from consensus.stopping import SkillEvidence, StoppingSettings, trials
from consensus.stopping.trials import Items
from kernel.db import Database, UnitOfWork
from marketplace.jobs import queries
from marketplace.jobs.models import Job
from marketplace.review.models import LabelModel
from marketplace.review.settling import evidence, modelling, panels, tasks
from marketplace.review.settling.beliefs import Crowd
from marketplace.review.settling.panels import Panel

FIRST_ANSWERS = 50
GROWTH = 2
RELABELED_MAX = 500


@dataclass(frozen=True)
class Material:
    """All answers of a job as values, to fit without holding a transaction.

    `rows` are (task, worker, given, known or None, is_audited, reviewed or None) in the order
    answers came; `versions` are those the new models will have.
    """

    job_id: UUID
    settings: StoppingSettings
    classes: Mapping[str, tuple[str, ...]]
    questions: Mapping[str, Question]
    versions: Mapping[str, int]
    rows: Sequence[Row[Any]]


@dataclass(frozen=True)
class Fitted:
    """One fitted crowd, and how its model was picked."""

    crowd: Crowd
    pick: selection.Pick


def is_due(uow: UnitOfWork, job: Job) -> bool:
    """Tell whether a job's answers have doubled since the last fit."""
    fitted_on = _fitted_on(uow, job.id)
    least = GROWTH * fitted_on if fitted_on else FIRST_ANSWERS
    return _can_be_fitted(uow, job) and answers_count(uow, job.id) >= least


def is_behind(uow: UnitOfWork, job: Job) -> bool:
    """Tell whether a job has enough answers to fit and its last model does not know them all."""
    count = answers_count(uow, job.id)
    is_enough = count >= FIRST_ANSWERS and _can_be_fitted(uow, job)
    return is_enough and count != _fitted_on(uow, job.id)


def answers_count(uow: UnitOfWork, job_id: UUID) -> int:
    """Count the answers that a fit would rest on, gold included."""
    return uow.session.scalar(_COUNT, {"job": job_id}) or 0


def fit_job(database: Database, job_id: UUID) -> bool:
    """Fit every control of a job and keep the models; tell whether this call did.

    Answers are read and models kept in transactions of their own. Of two fits at once the first
    to finish is kept.
    """
    material = database.run(lambda uow: read(uow, job_id))
    if len(material.rows) < FIRST_ANSWERS:
        return False
    fitted: list[Fitted | Panel | None] = [fit(material, name) for name in material.classes]
    for name, asked in material.questions.items():
        fitted.append(panels.fit(name, asked, material.rows, material.versions[name]))
    kept = [one for one in fitted if one is not None]
    return bool(kept) and database.run(lambda uow: keep(uow, material, kept))


def relabel(database: Database, job_id: UUID, cause: str) -> int:
    """Conclude anew about every plain task of a job that has a label; return labels changed."""
    changed, after = 0, UUID(int=0)
    while True:
        after, count = database.run(_relabeling(job_id, after, cause))
        changed += count
        if after == UUID(int=0):
            return changed


def _relabeling(job_id: UUID, after: UUID, cause: str) -> Callable[[UnitOfWork], tuple[UUID, int]]:
    def some(uow: UnitOfWork) -> tuple[UUID, int]:
        job = tasks.held_job(uow, job_id)
        values = {"job": job_id, "after": after, "most": RELABELED_MAX}
        ids = uow.session.scalars(_LABELED, values).all()
        if not ids:
            return UUID(int=0), 0
        locked = evidence.lock_tasks(uow, job_id, ids)
        return ids[-1], tasks.settle(uow, job, locked, cause).labels_changed

    return some


def _can_be_fitted(uow: UnitOfWork, job: Job) -> bool:
    classes = modelling.classes_of(uow, job)
    is_choice = any(len(options) > 1 for options in classes.values())
    return is_choice or bool(modelling.questions_of(uow, job).keys() - classes.keys())


def read(uow: UnitOfWork, job_id: UUID) -> Material:
    """Read all answers of a job, and the versions its next models will have."""
    job = queries.job(uow, job_id)
    last = modelling.last_versions(uow, job_id)
    classes, questions = modelling.classes_of(uow, job), modelling.questions_of(uow, job)
    return Material(
        job_id,
        modelling.stopping_of(job),
        {control: options for control, options in classes.items() if len(options) > 1},
        {name: asked for name, asked in questions.items() if name not in classes},
        {control: last.get(control, 0) + 1 for control in questions},
        uow.session.execute(_MATERIAL, {"job": job_id}).all(),
    )


def fit(material: Material, control: str) -> Fitted | None:
    """Pick and fit the model of one control, gold pinned; None where nobody answered it.

    Confidences are calibrated by items drawn before looking: gold, and what a reviewer labeled.
    """
    table = _table(material, control)
    if table is None:
        return None
    votes, known = table.items.votes, table.known
    seed = material.job_id.int % 2**32
    pick = selection.pick(votes, material.settings.answers_min, seed, known)
    settings = inference.Settings(prior=pick.candidate.prior)
    posterior = inference.fit(pick.candidate.name, votes, known, settings)
    evidence = _evidence(table, posterior)
    insight = trials.learn(table.items, evidence, material.settings)
    classes, version = material.classes[control], material.versions[control]
    model = posterior.model
    return Fitted(Crowd(control, classes, table.workers, evidence, insight, model, version), pick)


@dataclass(frozen=True, eq=False)
class Table:
    """The answers to one control in numbers: all gold in `known` (tasks,), random items apart."""

    workers: tuple[str, ...]
    known: IntArray
    items: Items


def _table(material: Material, control: str) -> Table | None:
    classes = material.classes[control]
    number_of = {name: number for number, name in enumerate(classes)}
    rows = [row for row in material.rows if row.given.get(control) in number_of]
    if not rows:
        return None
    task_names, task_numbers = matrix.index(str(row.task_id) for row in rows)
    workers, worker_numbers = matrix.index(str(row.worker_id) for row in rows)
    given = [number_of[row.given[control]] for row in rows]
    shape = matrix.Shape(len(task_names), len(workers), len(classes))
    votes = matrix.build(task_numbers, worker_numbers, given, shape)
    known, correct = np.full(len(task_names), UNKNOWN), np.full(len(task_names), UNKNOWN)
    for row, number in zip(rows, task_numbers, strict=True):
        known[number] = number_of.get((row.known or {}).get(control, ""), UNKNOWN)
        if row.is_audited:
            value = (row.known or row.reviewed or {}).get(control, "")
            correct[number] = number_of.get(value, UNKNOWN)
    return Table(workers, known, Items(votes, correct, known != UNKNOWN))


def _evidence(table: Table, posterior: inference.Posterior) -> SkillEvidence:
    """Count what gold and the fit say of each worker, on the same answers."""
    votes, known = table.items.votes, table.known
    golds = votes.keep(known[votes.task] != UNKNOWN)
    hits = golds.worker[golds.given == known[golds.task]]
    workers = votes.shape.workers
    return SkillEvidence(
        np.bincount(hits, minlength=workers).astype(np.float64),
        golds.answers_by_worker.astype(np.float64),
        posterior.skills.right,
        posterior.skills.answers,
    )


def keep(uow: UnitOfWork, material: Material, fitted: Sequence[Fitted | Panel]) -> bool:
    """Store fitted models unless another fit of the same answers was first; tell whether it did."""
    rows = [
        {
            "job_id": material.job_id,
            "control": crowd.control,
            "version": crowd.version,
            "name": crowd.name,
            "fitted_at": uow.now,
            "answers_count": len(material.rows),
            "content": content,
        }
        for crowd, content in map(_content, fitted)
    ]
    kept = insert(LabelModel).on_conflict_do_nothing().returning(LabelModel.version)
    return uow.session.execute(kept, rows).first() is not None


def _content(fitted: Fitted | Panel) -> tuple[Crowd | Panel, dict[str, Any]]:
    if isinstance(fitted, Panel):
        return fitted, {"weights": dict(fitted.weights)}
    return fitted.crowd, modelling.content_of(fitted.crowd, _shown(fitted.pick))


def _shown(pick: selection.Pick) -> dict[str, Any]:
    return {
        "name": pick.candidate.name,
        "prior": pick.candidate.prior,
        "reason": pick.reason,
        "margin": round(pick.margin, 6),
        "hidden_answers": pick.hidden_answers,
        "alternatives": [
            {
                "name": score.candidate.name,
                "prior": score.candidate.prior,
                "log_score": round(score.log_score, 6),
                "lead": round(score.lead, 6),
                "lead_error": round(score.lead_error, 6),
            }
            for score in pick.alternatives
        ],
    }


def _fitted_on(uow: UnitOfWork, job_id: UUID) -> int:
    last = select(func.max(LabelModel.answers_count)).where(
        LabelModel.job_id == job_id,
        LabelModel.version
        == select(func.max(LabelModel.version))
        .where(LabelModel.job_id == job_id)
        .scalar_subquery(),
    )
    return uow.session.scalar(last) or 0


_USABLE = """
FROM assignments a
JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id
LEFT JOIN enrolments e ON e.job_id = a.job_id AND e.worker_id = a.worker_id
WHERE a.job_id = :job AND a.state IN ('submitted', 'approved') AND a.settled_at IS NOT NULL
  AND a.given IS NOT NULL AND t.state <> 'withdrawn' AND NOT COALESCE(e.answers_excluded, false)
"""
_COUNT = text(f"SELECT count(*) {_USABLE}")
_MATERIAL = text(
    """
SELECT a.task_id, a.worker_id, a.given, t.known, t.is_audited, CASE WHEN t.is_audited THEN (
    SELECT jsonb_object_agg(l.control, l.value) FROM labels l
    WHERE l.job_id = t.job_id AND l.task_id = t.id AND l.reviewed_by IS NOT NULL) END AS reviewed
"""
    f"{_USABLE}"
    " ORDER BY a.task_id, a.submitted_at, a.id"
)
_LABELED = text(
    "SELECT DISTINCT task_id FROM labels WHERE job_id = :job AND task_id > :after"
    " ORDER BY task_id LIMIT :most"
)
