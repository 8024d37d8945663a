"""Read the evidence that rules look at: for each worker, what each collector saw, in time order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Row, text

from kernel.db import UnitOfWork
from marketplace.jobs.models import Job
from marketplace.quality.checks import reading
from marketplace.review.settling import modelling
from qualification import trust
from qualification.evidence import agreeing
from qualification.rules.language import WINDOW_MAX
from qualification.rules.replay import Seen

History = Mapping[str, Sequence[Seen]]
ANSWERS_MAX = 2 * WINDOW_MAX
MICROS = 1_000_000


def load(
    uow: UnitOfWork, job: Job, collectors: Collection[str], worker_ids: Collection[UUID]
) -> dict[UUID, History]:
    """Return what these collectors saw of these workers: their last ANSWERS_MAX answers each."""
    found: dict[UUID, dict[str, list[Seen]]] = {id: defaultdict(list) for id in worker_ids}
    values = {"job": job.id, "workers": list(found), "now": uow.now, "most": ANSWERS_MAX}
    for row in uow.session.execute(_ANSWERS, values):
        for collector, seen in _seen(row):
            if collector in collectors:
                found[row.worker_id][collector].append(seen)
    if "gold" in collectors:
        for outcome in reading.outcomes(uow, job, worker_ids):
            if outcome.is_counted:
                seen = Seen(outcome.at, float(outcome.is_right))
                found[outcome.worker_id]["gold"].append(seen)
    if "agreement" in collectors:
        for worker_id, seen in compared(uow, job):
            if worker_id in found:
                found[worker_id]["agreement"].append(seen)
    for kinds in found.values():
        for pieces in kinds.values():
            pieces.sort(key=lambda one: one.at)
    return {worker_id: dict(kinds) for worker_id, kinds in found.items()}


def compared(uow: UnitOfWork, job: Job) -> list[tuple[UUID, Seen]]:
    """Return how each answer of a job agrees with the others on its task, own answer left out.

    Rejected answers stay in, so that dropping dissenters flatters nobody.
    """
    rows = uow.session.execute(_COMPARABLE, {"job": job.id}).all()
    counts = trust.skills(uow, job.id)
    found: list[tuple[UUID, Seen]] = []
    for control, classes in modelling.classes_of(uow, job).items():
        number_of = {value: number for number, value in enumerate(classes)}
        given = [row for row in rows if _value(row, control) in number_of]
        if len(classes) < 2 or not given:
            continue
        found += _compare(given, [number_of[row.given[control]] for row in given], counts, classes)
    return found


def active_since(uow: UnitOfWork, job_id: UUID, since: datetime | None) -> list[UUID]:
    """Return the workers of a job who did something since a moment (None: ever), by id."""
    return list(uow.session.scalars(_ACTIVE, {"job": job_id, "since": since}))


def _compare(
    rows: Sequence[Row[Any]],
    given: Sequence[int],
    counts: Mapping[UUID, trust.GoldCounts],
    classes: Sequence[str],
) -> list[tuple[UUID, Seen]]:
    tasks = {id: number for number, id in enumerate(dict.fromkeys(row.task_id for row in rows))}
    workers = {id: n for n, id in enumerate(dict.fromkeys(row.worker_id for row in rows))}
    golds = [counts.get(id, trust.GoldCounts(0, 0)) for id in workers]
    accuracies = agreeing.accuracies_of(
        [one.right for one in golds], [one.right + one.wrong for one in golds], len(classes)
    )
    crowd = agreeing.Crowd(
        np.array([tasks[row.task_id] for row in rows]),
        np.array([workers[row.worker_id] for row in rows]),
        np.array(given),
        accuracies,
        len(classes),
    )
    result = agreeing.compare(crowd)
    steps = zip(rows, result.is_counted, result.agreed, result.expected, strict=True)
    return [
        (row.worker_id, Seen(row.submitted_at, float(agreed), float(expected)))
        for row, is_counted, agreed, expected in steps
        if is_counted
    ]


def _value(row: Row[Any], control: str) -> Any:
    value = row.given.get(control)
    return value if isinstance(value, str) else None


def _seen(row: Row[Any]) -> list[tuple[str, Seen]]:
    """Return what one assignment says to each collector that reads assignments."""
    if row.state == "skipped":
        return [("skips", Seen(row.state_at, 1.0))]
    at = row.submitted_at
    found = [
        ("skips", Seen(at, 0.0)),
        ("speed", Seen(at, float(row.active_seconds))),
        ("volume", Seen(at, 1.0)),
        ("earnings", Seen(at, row.reward_micros / MICROS)),
    ]
    is_rejected = row.state == "rejected"
    if is_rejected or (row.state == "approved" and (row.decided_by or "").startswith("user:")):
        found.append(("review", Seen(row.state_at, float(is_rejected))))
    return found


_ANSWERS = text(
    """
SELECT w.worker_id, a.state, a.state_at, a.submitted_at, a.active_seconds, a.reward_micros,
    a.decided_by
FROM unnest(CAST(:workers AS uuid[])) AS w (worker_id) CROSS JOIN LATERAL (
    SELECT * FROM assignments a WHERE a.job_id = :job AND a.worker_id = w.worker_id
      AND (a.state = 'skipped' OR a.given IS NOT NULL AND a.final_at <= :now)
    ORDER BY a.id DESC LIMIT :most) a
"""
)
_COMPARABLE = text(
    """
SELECT a.worker_id, a.task_id, a.given, a.submitted_at
FROM assignments a JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id
WHERE a.job_id = :job AND a.gold_version IS NULL AND a.given IS NOT NULL
  AND a.settled_at IS NOT NULL AND t.state <> 'withdrawn'
ORDER BY a.submitted_at, a.id
"""
)
_ACTIVE = text(
    """
SELECT DISTINCT worker_id FROM assignments WHERE job_id = :job
  AND (CAST(:since AS timestamptz) IS NULL OR state_at >= :since OR settled_at >= :since
       OR final_at >= :since)
ORDER BY worker_id
"""
)
