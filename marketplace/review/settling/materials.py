"""Read what a fit rests on: all answers of a job, or those to the tasks whose truth is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Row, text

from consensus import matrix
from consensus.arrays import IntArray
from consensus.inference import UNKNOWN
from consensus.questions import Question
from consensus.stopping import StoppingSettings
from consensus.stopping.trials import Items
from kernel.db import UnitOfWork
from marketplace.jobs import queries
from marketplace.review.settling import modelling

KNOWN_TASKS_MAX = 1_000


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


@dataclass(frozen=True, eq=False)
class Table:
    """The answers to one control in numbers: all gold in `known` (tasks,), random items apart."""

    workers: tuple[str, ...]
    known: IntArray
    items: Items


def table(material: Material, control: str, workers: Sequence[str] = ()) -> Table | None:
    """Put the answers to one control in numbers, None where there are none; `workers` come first.

    Random items are gold drawn before looking, and audited tasks that a person has judged.
    """
    classes = material.classes[control]
    number_of = {name: number for number, name in enumerate(classes)}
    rows = [row for row in material.rows if row.given.get(control) in number_of]
    if not rows:
        return None
    task_names, task_numbers = matrix.index(str(row.task_id) for row in rows)
    people = (str(row.worker_id) for row in rows)
    names, worker_numbers = matrix.index(people, workers)
    given = [number_of[row.given[control]] for row in rows]
    shape = matrix.Shape(len(task_names), len(names), len(classes))
    votes = matrix.build(task_numbers, worker_numbers, given, shape)
    known, correct = np.full(len(task_names), UNKNOWN), np.full(len(task_names), UNKNOWN)
    for row, number in zip(rows, task_numbers, strict=True):
        known[number] = number_of.get((row.known or {}).get(control, ""), UNKNOWN)
        if row.is_audited:
            value = (row.known or row.reviewed or {}).get(control, "")
            correct[number] = number_of.get(value, UNKNOWN)
    return Table(names, known, Items(votes, correct, known != UNKNOWN))


def count(uow: UnitOfWork, job_id: UUID) -> int:
    """Count the answers that a fit would rest on, gold included."""
    return uow.session.scalar(_COUNT, {"job": job_id}) or 0


def read(uow: UnitOfWork, job_id: UUID) -> Material:
    """Read all answers of a job, and the versions its next models will have."""
    return _material(uow, job_id, uow.session.execute(_ALL, {"job": job_id}).all())


def read_known(uow: UnitOfWork, job_id: UUID) -> Material:
    """Read the answers to KNOWN_TASKS_MAX tasks whose truth is known: gold, and audited ones."""
    values = {"job": job_id, "most": KNOWN_TASKS_MAX}
    return _material(uow, job_id, uow.session.execute(_OF_KNOWN, values).all())


def _material(uow: UnitOfWork, job_id: UUID, rows: Sequence[Row[Any]]) -> Material:
    job = queries.job(uow, job_id)
    last = modelling.last_versions(uow, job_id)
    classes, questions = modelling.classes_of(uow, job), modelling.questions_of(uow, job)
    return Material(
        job_id,
        modelling.stopping_of(job),
        {control: options for control, options in classes.items() if len(options) > 1},
        {name: asked for name, asked in questions.items() if name not in classes},
        {control: last.get(control, 0) + 1 for control in questions},
        rows,
    )


_USABLE = """
FROM assignments a
JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id
LEFT JOIN enrolments e ON e.job_id = a.job_id AND e.worker_id = a.worker_id
WHERE a.job_id = :job AND a.state IN ('submitted', 'approved') AND a.settled_at IS NOT NULL
  AND a.given IS NOT NULL AND t.state <> 'withdrawn' AND NOT COALESCE(e.answers_excluded, false)
"""
_COUNT = text(f"SELECT count(*) {_USABLE}")
# A blind look says more than a label that its reviewer saw before deciding: the last one counts.
_COLUMNS = """
SELECT a.task_id, a.worker_id, a.given, t.known, t.is_audited, CASE WHEN t.is_audited THEN (
    SELECT jsonb_object_agg(said.control, said.value ORDER BY said.is_blind) FROM (
        SELECT l.control, l.value, false AS is_blind FROM labels l
        WHERE l.job_id = t.job_id AND l.task_id = t.id AND l.reviewed_by IS NOT NULL
        UNION ALL SELECT s.control, s.value, true FROM second_looks s
        WHERE s.job_id = t.job_id AND s.task_id = t.id AND s.purpose = 'audit') said
    ) END AS reviewed
"""
_ORDER = " ORDER BY a.task_id, a.submitted_at, a.id"
_ALL = text(f"{_COLUMNS} {_USABLE} {_ORDER}")
_OF_KNOWN = text(
    f"{_COLUMNS} {_USABLE}"
    " AND a.task_id IN (SELECT id FROM tasks WHERE job_id = :job AND (lane = 2 OR is_audited)"
    f" ORDER BY is_audited DESC, id LIMIT :most) {_ORDER}"
)
