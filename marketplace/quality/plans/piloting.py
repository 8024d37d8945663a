"""Read a job's pilot: the answers to its plain tasks so far, and what they taught of its crowd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import text

from consensus import matrix
from consensus.matrix import Votes
from consensus.stopping.calibration import ITEMS_MIN
from consensus.stopping.planning import Pilot
from kernel.db import UnitOfWork
from marketplace.jobs.models import Job
from marketplace.review.settling import beliefs, modelling
from marketplace.review.settling.beliefs import NO_GOLD, Crowd
from qualification import trust

TASKS_MIN, ANSWERS_EACH = 30, 2
# A forecast does not get surer by more tasks than these; a job may have a million.
TASKS_MAX = 500
SALT = 8_311


@dataclass(frozen=True)
class Readiness:
    """How far a pilot is: plain tasks with two answers or more, answers, and items to check by.

    `items` are golds drawn at random and audited tasks that the last fit calibrated by.
    """

    tasks: int
    answers: int
    items: int

    @property
    def tasks_missing(self) -> int:
        """Return how many more tasks need two answers before anything is forecast."""
        return max(TASKS_MIN - self.tasks, 0)

    @property
    def answers_missing(self) -> int:
        """Return how many more answers that takes at most."""
        return ANSWERS_EACH * self.tasks_missing

    @property
    def items_missing(self) -> int:
        """Return how many more random golds or audits an honest accuracy needs."""
        return max(ITEMS_MIN - self.items, 0)


@dataclass(frozen=True, eq=False)
class Found:
    """A pilot as far as it is: `pilot` is None until it says enough."""

    readiness: Readiness
    pilot: Pilot | None


def find(uow: UnitOfWork, job: Job, crowd: Crowd) -> Found:
    """Return the pilot of one control of a job, from TASKS_MAX tasks drawn by their ids."""
    values = {"job": job.id, "control": crowd.control, "salt": SALT, "most": TASKS_MAX}
    rows = [row for row in uow.session.execute(_ANSWERS, values) if row.given in set(crowd.classes)]
    items = crowd.insight.calibration.items
    if not rows:
        return Found(Readiness(0, 0, items), None)
    counts = trust.skills(uow, job.id)
    # Workers without gold are of the crowd too: they answer, so they are weighed.
    everybody = {row.worker_id: NO_GOLD for row in rows} | dict(counts)
    known = beliefs.with_gold(crowd, everybody)
    votes = _votes(rows, known)
    ready = Readiness(int((votes.answers_by_task >= ANSWERS_EACH).sum()), votes.size, items)
    if ready.tasks_missing:
        return Found(ready, None)
    limits = np.full(votes.shape.tasks, job.answers_max)
    skills = known.evidence.measured(len(known.classes))
    share = _gold_share(job, {row.worker_id for row in rows}, votes)
    return Found(ready, Pilot(votes, limits, skills, known.insight, share))


def crowds(uow: UnitOfWork, job: Job) -> dict[str, Crowd]:
    """Return the crowds of the controls that plans are made for: those with classes to choose."""
    found = modelling.crowds(uow, job)
    return {
        name: one for name, one in found.items() if isinstance(one, Crowd) and len(one.classes) > 1
    }


def _votes(rows: Sequence[Any], crowd: Crowd) -> Votes:
    number_of = {name: number for number, name in enumerate(crowd.classes)}
    names, tasks = matrix.index(str(row.task_id) for row in rows)
    workers, people = matrix.index((str(row.worker_id) for row in rows), crowd.workers)
    shape = matrix.Shape(len(names), len(workers), len(crowd.classes))
    return matrix.build(tasks, people, [number_of[row.given] for row in rows], shape)


def _gold_share(job: Job, workers: set[UUID], votes: Votes) -> float:
    """Forecast gold answers for each plain one: each worker's first, then one in `gold_every`.

    The pilot's own share would say too much, since everybody begins with gold.
    """
    if not job.gold_every or not job.gold_count or not job.tasks_count:
        return 0.0
    plain = job.tasks_count * votes.size / votes.shape.tasks
    first = len(workers) * min(job.gold_first, job.gold_count)
    return min(first + plain / job.gold_every, len(workers) * job.gold_count) / plain


_ANSWERS = text(
    """
SELECT a.task_id, a.worker_id, a.given ->> :control AS given
FROM (SELECT id FROM tasks
    WHERE job_id = :job AND lane < 2 AND state <> 'withdrawn' AND slots_taken > 0
    ORDER BY hashtextextended(id::text, :salt) LIMIT :most) t
JOIN assignments a ON a.job_id = :job AND a.task_id = t.id
LEFT JOIN enrolments e ON e.job_id = a.job_id AND e.worker_id = a.worker_id
WHERE a.state IN ('submitted', 'approved') AND a.settled_at IS NOT NULL
  AND a.given ->> :control IS NOT NULL AND NOT COALESCE(e.answers_excluded, false)
ORDER BY a.task_id, a.submitted_at, a.id
"""
)
