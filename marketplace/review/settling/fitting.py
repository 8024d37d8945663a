"""Fit the models of a job to all its answers, when these have doubled and before it completes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from consensus import inference, selection
from consensus.inference import UNKNOWN
from consensus.stopping import SkillEvidence, trials
from kernel.db import Database, UnitOfWork
from marketplace.jobs.models import Job
from marketplace.review.models import LabelModel
from marketplace.review.settling import evidence, materials, modelling, panels, tasks
from marketplace.review.settling.beliefs import Crowd
from marketplace.review.settling.materials import Material, Table
from marketplace.review.settling.panels import Panel

FIRST_ANSWERS = 50
GROWTH = 2
RELABELED_MAX = 500


@dataclass(frozen=True)
class Fitted:
    """One fitted crowd, and how its model was picked."""

    crowd: Crowd
    pick: selection.Pick


def is_due(uow: UnitOfWork, job: Job) -> bool:
    """Tell whether a job's answers have doubled since the last fit."""
    fitted_on = _fitted_on(uow, job.id)
    least = GROWTH * fitted_on if fitted_on else FIRST_ANSWERS
    return _can_be_fitted(uow, job) and materials.count(uow, job.id) >= least


def is_behind(uow: UnitOfWork, job: Job) -> bool:
    """Tell whether a job has enough answers to fit and its last model does not know them all."""
    count = materials.count(uow, job.id)
    is_enough = count >= FIRST_ANSWERS and _can_be_fitted(uow, job)
    return is_enough and count != _fitted_on(uow, job.id)


def fit_job(database: Database, job_id: UUID) -> bool:
    """Fit every control of a job and keep the models; tell whether this call did.

    Answers are read and models kept in transactions of their own. Of two fits at once the first
    to finish is kept.
    """
    material = database.run(lambda uow: materials.read(uow, job_id))
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


def fit(material: Material, control: str) -> Fitted | None:
    """Pick and fit the model of one control, gold pinned; None where nobody answered it.

    Confidences are calibrated by items drawn before looking: gold, and what a reviewer labeled.
    """
    table = materials.table(material, control)
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


_LABELED = text(
    "SELECT DISTINCT task_id FROM labels WHERE job_id = :job AND task_id > :after"
    " ORDER BY task_id LIMIT :most"
)
