"""Know the crowd of a job: load the last fitted models, or what gold says before the first fit."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import func, select, tuple_

from consensus.inference import Model
from consensus.questions import Question
from consensus.stopping import SkillEvidence, StoppingSettings, trials
from consensus.stopping.calibration import Calibration
from kernel.db import UnitOfWork
from marketplace.jobs import interface, queries
from marketplace.jobs.models import Job
from marketplace.review.models import LabelModel
from marketplace.review.settling import beliefs
from marketplace.review.settling.beliefs import Crowd
from marketplace.review.settling.panels import Panel
from qualification import trust

KEPT_MAX = 100

_kept: OrderedDict[tuple[UUID, str, int], Crowd] = OrderedDict()
_kept_lock = threading.Lock()


def classes_of(uow: UnitOfWork, job: Job) -> dict[str, tuple[str, ...]]:
    """Return the classes of each control, sorted: versions of an interface may order them anew."""
    shape = queries.interface_of(uow, job.id, job.interface_version)
    return {name: tuple(sorted(options)) for name, options in interface.classes(shape).items()}


def counting_of(uow: UnitOfWork, job: Job) -> tuple[str, ...]:
    """Return the controls that must be sure before a task settles."""
    return interface.counting(queries.interface_of(uow, job.id, job.interface_version))


def stopping_of(job: Job) -> StoppingSettings:
    """Return when a job's tasks have enough answers."""
    return StoppingSettings(job.answers_min, job.answers_max, float(job.confidence))


def questions_of(uow: UnitOfWork, job: Job) -> dict[str, Question]:
    """Return what each control of a job that gets a label asks."""
    return interface.questions(queries.interface_of(uow, job.id, job.interface_version))


def crowds(uow: UnitOfWork, job: Job) -> dict[str, Crowd | Panel]:
    """Return what is known of who answers each control: of a choice a crowd, else a panel."""
    return {**_choice_crowds(uow, job), **_panels(uow, job)}


def _panels(uow: UnitOfWork, job: Job) -> dict[str, Panel]:
    asked = questions_of(uow, job)
    plain = {name: Panel(name, asked[name]) for name in asked.keys() - classes_of(uow, job).keys()}
    if not plain:
        return {}
    last = last_versions(uow, job.id)
    keys = [(job.id, name, last[name]) for name in plain if name in last]
    rows = uow.session.execute(
        select(LabelModel.control, LabelModel.version, LabelModel.content).where(
            tuple_(LabelModel.job_id, LabelModel.control, LabelModel.version).in_(keys)
        )
    )
    fitted = {
        row.control: Panel(row.control, asked[row.control], row.content["weights"], row.version)
        for row in rows
    }
    return plain | fitted


def _choice_crowds(uow: UnitOfWork, job: Job) -> dict[str, Crowd]:
    classes = classes_of(uow, job)
    fitted = _fitted(uow, job, classes, last_versions(uow, job.id))
    counts = trust.skills(uow, job.id)
    return {
        control: beliefs.with_gold(fitted[control], counts)
        if control in fitted
        else beliefs.gold_crowd(control, options, counts)
        for control, options in classes.items()
    }


def last_versions(uow: UnitOfWork, job_id: UUID) -> dict[str, int]:
    """Return the version of the last model of each control that has one."""
    last = select(LabelModel.control, func.max(LabelModel.version))
    rows = uow.session.execute(last.where(LabelModel.job_id == job_id).group_by(LabelModel.control))
    return dict(iter(rows))


def content_of(crowd: Crowd, pick: Mapping[str, Any]) -> dict[str, Any]:
    """Write a fitted crowd, and why its model was picked, as values JSON can hold."""
    assert crowd.model is not None, "only a fit is kept"
    return {
        "classes": list(crowd.classes),
        "workers": list(crowd.workers),
        "right": crowd.evidence.fit_right.round(4).tolist(),
        "answers": crowd.evidence.fit_answers.tolist(),
        "calibration": crowd.insight.calibration.to_dict(),
        "model": crowd.model.to_dict(),
        "pick": dict(pick),
    }


def _fitted(
    uow: UnitOfWork,
    job: Job,
    classes: Mapping[str, Sequence[str]],
    versions: Mapping[str, int],
) -> dict[str, Crowd]:
    """Return the fitted crowds, kept in this process: a stored version never changes."""
    wanted = [(job.id, control, versions[control]) for control in classes if control in versions]
    with _kept_lock:
        found = {key[1]: _kept[key] for key in wanted if key in _kept}
    missing = [key for key in wanted if key[1] not in found]
    if missing:
        found |= {crowd.control: crowd for crowd in _read(uow, missing, stopping_of(job))}
    return {control: crowd for control, crowd in found.items() if crowd.classes == classes[control]}


def _read(
    uow: UnitOfWork, keys: Sequence[tuple[UUID, str, int]], settings: StoppingSettings
) -> list[Crowd]:
    key = tuple_(LabelModel.job_id, LabelModel.control, LabelModel.version)
    rows = uow.session.execute(
        select(LabelModel.job_id, LabelModel.control, LabelModel.version, LabelModel.content).where(
            key.in_(keys)
        )
    ).all()
    crowds = [_crowd(row.control, row.version, row.content, settings) for row in rows]
    with _kept_lock:
        for row, crowd in zip(rows, crowds, strict=True):
            _kept[row.job_id, row.control, row.version] = crowd
        while len(_kept) > KEPT_MAX:
            _kept.popitem(last=False)
    return crowds


def _crowd(
    control: str, version: int, content: Mapping[str, Any], settings: StoppingSettings
) -> Crowd:
    classes = tuple(content["classes"])
    right = np.asarray(content["right"], dtype=np.float64)
    answers = np.asarray(content["answers"], dtype=np.float64)
    evidence = SkillEvidence(np.zeros(len(right)), np.zeros(len(right)), right, answers)
    found = Calibration.from_dict(content["calibration"])
    return Crowd(
        control,
        classes,
        tuple(content["workers"]),
        evidence,
        trials.insight(found, evidence, settings, len(classes)),
        Model.from_dict(content["model"]),
        version,
    )
