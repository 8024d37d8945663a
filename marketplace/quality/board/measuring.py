"""Measure gold over time, agreement, confusion and confidence of one control of a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import text

from consensus import agreement, answers, reliability
from consensus.questions import Question
from kernel.db import UnitOfWork
from marketplace.jobs.models import Job
from marketplace.quality.checks.reading import Outcome

STEPS_MAX, STEP_MIN = 12, 5
LIKENESS_TASKS_MAX, CHOICE = 500, "choice"
BINS = 10
Counts = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """A share with its count and its Wilson 95 % interval."""

    right: int
    seen: int
    low: float
    high: float
    until: datetime | None = None

    @property
    def value(self) -> float | None:
        """Return the share, None where nothing was counted."""
        return self.right / self.seen if self.seen else None


@dataclass(frozen=True)
class Agreement:
    """Krippendorff's alpha and Gwet's AC1 over some tasks; None where undefined."""

    tasks: int
    alpha: float | None
    ac1: float | None


@dataclass(frozen=True)
class Confusion:
    """How often each class (column) was given where another (row) holds: counts."""

    classes: Sequence[str]
    counts: Sequence[Sequence[int]]

    def share(self, row: int, column: int) -> float:
        """Return the share of a row's answers that fell on a column."""
        total = sum(self.counts[row])
        return self.counts[row][column] / total if total else 0.0


def share(right: int, seen: int, until: datetime | None = None) -> Share:
    """Return a share with its interval."""
    return Share(right, seen, *reliability.wilson(right, seen), until)


def gold_over_time(outcomes: Sequence[Outcome]) -> list[Share]:
    """Return accuracy on gold in steps of equally many answers, oldest first."""
    counted = [one for one in outcomes if one.is_counted]
    steps = max(1, min(STEPS_MAX, len(counted) // STEP_MIN))
    parts = [part for part in np.array_split(np.arange(len(counted)), steps) if len(part)]
    return [
        share(sum(counted[n].is_right for n in part), len(part), counted[part[-1]].at)
        for part in parts
    ]


def agreement_of(
    uow: UnitOfWork, job: Job, control: str, classes: Sequence[str]
) -> tuple[Agreement, dict[int, Agreement], list[Share]]:
    """Return agreement over all, by guidelines version, and by class.

    Only each task's first `answers_min` answers count, since later ones exist for hard tasks only.
    By class it is specific agreement: of the pairs with one answer k, how many have both.
    """
    values = {"job": job.id, "control": control, "most": max(job.answers_min, 2)}
    rows = uow.session.execute(_FIRST, values).all()
    number_of = {value: number for number, value in enumerate(classes)}
    by_version: dict[int, list[Any]] = {}
    for row in rows:
        by_version.setdefault(row.version, []).append(row)
    counts = _counts(rows, number_of)
    versions = {
        version: _agreement(_counts(part, number_of)) for version, part in by_version.items()
    }
    return _agreement(counts), versions, _specific(counts)


def likeness(
    uow: UnitOfWork, job: Job, control: str, question: Question | None
) -> dict[str, float | None]:
    """Return what a kind without classes reports of how alike answers are, each None if undefined.

    Of each task's first `answers_min` answers, LIKENESS_TASKS_MAX tasks of them; {} for a choice.
    """
    if question is None or question.terms.classes and question.name == CHOICE:
        return {}
    values = {"job": job.id, "control": control, "most": max(job.answers_min, 2)}
    rows = uow.session.execute(_FIRST_VALUES, values | {"tasks": LIKENESS_TASKS_MAX})
    given = [
        (str(row.task_id), str(row.worker_id), row.given)
        for row in rows
        if question.takes(row.given)
    ]
    return question.kind.agree(answers.gather(given)) if given else {}


def confusion(
    uow: UnitOfWork, job: Job, control: str, classes: Sequence[str]
) -> tuple[Confusion, Confusion]:
    """Return how answers fell beside the label, and beside what is known on gold."""
    values = {"job": job.id, "control": control}
    number_of = {value: number for number, value in enumerate(classes)}
    found = []
    for query in (_BESIDE_LABEL, _BESIDE_KNOWN):
        table = [[0] * len(classes) for _ in classes]
        for row in uow.session.execute(query, values):
            if row.truth in number_of and row.given in number_of:
                table[number_of[row.truth]][number_of[row.given]] += row.n
        found.append(Confusion(classes, table))
    return found[0], found[1]


def confidences(uow: UnitOfWork, job: Job, control: str) -> list[int]:
    """Count labels by confidence in ten equal steps from 0 to 1."""
    rows = uow.session.execute(_CONFIDENCES, {"job": job.id, "control": control})
    counts: Mapping[int, int] = dict(iter(rows))
    return [counts.get(place, 0) for place in range(BINS)]


def answers_per_task(uow: UnitOfWork, job: Job, control: str) -> list[tuple[int, int]]:
    """Count labels by the number of answers they rest on."""
    rows = uow.session.execute(_PER_TASK, {"job": job.id, "control": control})
    return [(row.answers_count, row.n) for row in rows]


def _counts(rows: Sequence[Any], number_of: Mapping[str, int]) -> Counts:
    tasks: dict[UUID, int] = {}
    pairs = [
        (tasks.setdefault(row.task_id, len(tasks)), number_of[row.given])
        for row in rows
        if row.given in number_of
    ]
    counts = np.zeros((len(tasks), len(number_of)))
    if pairs:
        places, given = np.array(pairs).T
        np.add.at(counts, (places, given), 1)
    return counts


def _agreement(counts: Counts) -> Agreement:
    paired = int((counts.sum(axis=1) >= 2).sum())
    if not paired or counts.shape[1] < 2:
        return Agreement(paired, None, None)
    return Agreement(paired, agreement.alpha(counts), agreement.ac1(counts))


def _specific(counts: Counts) -> list[Share]:
    each = counts.sum(axis=1)
    both = (counts * (counts - 1)).sum(axis=0)
    one = (counts * np.maximum(each - 1, 0)[:, None]).sum(axis=0)
    return [share(int(agreed), int(pairs)) for agreed, pairs in zip(both, one, strict=True)]


_FIRST = text(
    """
SELECT task_id, given, version FROM (
    SELECT a.task_id, a.given ->> :control AS given, a.guidelines_version AS version,
        row_number() OVER (PARTITION BY a.task_id ORDER BY a.submitted_at, a.id) AS place
    FROM assignments a JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id
    WHERE a.job_id = :job AND a.given ? :control AND a.settled_at IS NOT NULL
      AND a.gold_version IS NULL AND t.state <> 'withdrawn') firsts
WHERE place <= :most
"""
)
_FIRST_VALUES = text(
    """
SELECT task_id, worker_id, given FROM (
    SELECT a.task_id, a.worker_id, a.given -> :control AS given,
        row_number() OVER (PARTITION BY a.task_id ORDER BY a.submitted_at, a.id) AS place
    FROM assignments a JOIN (
        SELECT id FROM tasks WHERE job_id = :job AND lane < 2 AND state <> 'withdrawn'
          AND slots_taken > 1 ORDER BY id LIMIT :tasks) t ON t.id = a.task_id
    WHERE a.job_id = :job AND a.given ? :control AND a.settled_at IS NOT NULL) firsts
WHERE place <= :most
"""
)
_BESIDE_LABEL = text(
    """
SELECT l.value #>> '{}' AS truth, a.given ->> :control AS given, count(*) AS n
FROM assignments a
JOIN labels l ON l.job_id = a.job_id AND l.task_id = a.task_id AND l.control = :control
WHERE a.job_id = :job AND a.given IS NOT NULL AND a.settled_at IS NOT NULL
GROUP BY 1, 2
"""
)
_BESIDE_KNOWN = text(
    """
SELECT t.known ->> :control AS truth, a.given ->> :control AS given, count(*) AS n
FROM assignments a JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id
WHERE a.job_id = :job AND a.gold_version IS NOT NULL AND a.given IS NOT NULL
  AND a.settled_at IS NOT NULL AND t.state <> 'withdrawn'
GROUP BY 1, 2
"""
)
_CONFIDENCES = text(
    "SELECT LEAST(floor(confidence * 10)::int, 9), count(*) FROM labels"
    " WHERE job_id = :job AND control = :control AND reviewed_by IS NULL AND answers_count > 0"
    " GROUP BY 1"
)
_PER_TASK = text(
    "SELECT answers_count, count(*) AS n FROM labels WHERE job_id = :job AND control = :control"
    " GROUP BY 1 ORDER BY 1"
)
