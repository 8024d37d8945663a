"""Forecast how long a job's unseen gold lasts, for whom and until when, and tell of a shortage."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from kernel.db import UnitOfWork
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job, Task
from marketplace.jobs.slots import GOLD_LANE
from marketplace.jobs.states import CLAIMABLE
from marketplace.quality.events import GoldRunsOut
from marketplace.quality.models import GoldShortage
from qualification.evidence import gold_health

PROVEN_ACCURACY = 0.8
PACE_DAYS, PACE_HOURS_MIN = 7, 1.0
SOON_DAYS = 2
MORE_MAX = 1_000


@dataclass(frozen=True)
class Supply:
    """How far the gold reaches: in all, in use, for a newcomer, and for those at work now.

    `tasks_newcomer` is how many tasks somebody new does before they have seen every check;
    `tasks_least` the same for whoever has seen most; `out_count` workers have seen them all.
    `runs_out_at` is when somebody at work meets their last unseen check at the pace of the last
    days, None where the job's tasks end before; `more_needed` checks would last for everybody.
    """

    total: int
    in_use: int
    tasks_newcomer: int
    workers: int
    tasks_least: int | None
    out_count: int
    runs_out_at: datetime | None
    more_needed: int
    sentence: str


@dataclass(frozen=True)
class _Reach:
    """One worker at work: tasks until their gold runs out, tasks still to come, tasks an hour."""

    left: int
    coming: float
    hourly: float
    gold_left: int
    first_left: int
    accuracy: float

    @property
    def runs_short(self) -> bool:
        """Tell whether the worker will go on after the last unseen check."""
        return self.coming > max(self.left, 0)

    def more_needed(self, every: int) -> int:
        """Return how many more checks would last for the tasks to come, at most MORE_MAX."""

        def lasts(more: int) -> int:
            gold = self.gold_left + more
            return gold_health.supply(gold, self.first_left, every, self.accuracy)

        return bisect.bisect_left(range(MORE_MAX), self.coming, key=lasts)


def supply(uow: UnitOfWork, job: Job, total: int, in_use: int) -> Supply:
    """Forecast how many tasks people can still do with checks among them, shortage included."""
    since = uow.now - timedelta(days=PACE_DAYS)
    rows = uow.session.execute(_SEEN, {"job": job.id, "since": since}).all()
    reaches = _reaches(uow, job, in_use, rows)
    short = [one for one in reaches if one.runs_short] if job.gold_every else []
    newcomer = _reach(job, in_use, 0, 0)[0]
    out = sum(row.seen >= in_use for row in rows)
    ends = [uow.now + timedelta(hours=one.left / one.hourly) for one in short]
    more = max((one.more_needed(job.gold_every) for one in short), default=0)
    runs_out_at = min(ends, default=None)
    return Supply(
        total,
        in_use,
        newcomer,
        len(rows),
        min((one.left for one in reaches), default=None),
        out,
        runs_out_at,
        more,
        _sentence(job, in_use, newcomer, out) + _when(uow.now, runs_out_at, more),
    )


def tell_shortage(uow: UnitOfWork, job_id: UUID) -> bool:
    """Tell managers that gold runs out soon, once for the gold there is; return whether it was."""
    job = jobs.job(uow, job_id)
    if not job.gold_every or job.state not in CLAIMABLE:
        return False
    total, in_use = uow.session.execute(_COUNT, {"job": job_id}).one()
    found = supply(uow, job, total, in_use)
    soon = uow.now + timedelta(days=SOON_DAYS)
    if found.runs_out_at is None or found.runs_out_at > soon:
        return False
    told = {"told_at": uow.now, "in_use": in_use}
    is_new = uow.session.scalar(
        insert(GoldShortage)
        .values(job_id=job_id, **told)
        .on_conflict_do_update(
            index_elements=["job_id"], set_=told, where=GoldShortage.in_use < in_use
        )
        .returning(GoldShortage.job_id)
    )
    if is_new is None:
        return False
    uow.tell(GoldRunsOut(job_id, found.runs_out_at.isoformat(), found.more_needed))
    return True


def _reaches(uow: UnitOfWork, job: Job, in_use: int, rows: Sequence[Any]) -> list[_Reach]:
    """Return how far gold reaches for each worker; answers to come are shared as they were."""
    recent = sum(row.recent for row in rows)
    coming = _answers_to_come(uow, job) if recent else 0
    found = []
    for row in rows:
        left, first_left, accuracy = _reach(job, in_use - row.seen, row.right, row.wrong)
        hours = 0.0
        if row.recent:
            hours = max((uow.now - row.began_at) / timedelta(hours=1), PACE_HOURS_MIN)
        found.append(
            _Reach(
                left,
                coming * row.recent / recent if recent else 0.0,
                row.recent / hours if row.recent else 0.0,
                max(in_use - row.seen, 0),
                first_left,
                accuracy,
            )
        )
    return found


def _reach(job: Job, gold_left: int, right: int, wrong: int) -> tuple[int, int, float]:
    seen = right + wrong
    accuracy = right / seen if seen else max(float(job.gold_minimum), PROVEN_ACCURACY)
    first_left = max(job.gold_first - right, 0)
    left = gold_health.supply(max(gold_left, 0), first_left, job.gold_every, accuracy)
    return left, first_left, accuracy


def _answers_to_come(uow: UnitOfWork, job: Job) -> int:
    """Count the answers that open tasks still ask for, at least; gold comes on top."""
    plain = uow.session.scalar(
        select(
            func.coalesce(
                func.sum(func.greatest(job.answers_min - Task.slots_taken, Task.slots_open)), 0
            )
        ).where(
            Task.job_id == job.id,
            Task.lane < GOLD_LANE,
            Task.state.in_(("waiting", "open")),
        )
    )
    plain = plain or 0
    return plain + plain // job.gold_every if job.gold_every else plain


def _sentence(job: Job, in_use: int, newcomer: int, out: int) -> str:
    if not job.gold_every:
        return "This job has no checks."
    if not in_use:
        return "No check is in use: everybody works unchecked. Import tasks with a known answer."
    expected = job.tasks_count
    said = f"A new worker meets the last unseen check after about {newcomer:,} tasks"
    if newcomer < expected:
        said += f", and this job has {expected:,}: who does more works unchecked from there"
    if out:
        people = "One worker has" if out == 1 else f"{out} workers have"
        works = "works" if out == 1 else "work"
        said += f". {people} seen every check already and {works} unchecked now"
    if newcomer < expected or out:
        said += ". Import more tasks with a known answer"
    return said + "."


def _when(now: datetime, runs_out_at: datetime | None, more: int) -> str:
    """Say when somebody at work runs out, and what to do about it."""
    if runs_out_at is None:
        return ""
    checks = "one more check" if more == 1 else f"{more:,} more checks"
    when = "now" if runs_out_at <= now else f"about {runs_out_at:%d %B, %H:%M} UTC"
    return (
        f" At the pace of the last days the first person at work runs out {when}; {checks} would "
        "last everybody to the end."
    )


_COUNT = text(
    "SELECT count(*) AS total, count(*) FILTER (WHERE state <> 'withdrawn') AS in_use"
    " FROM tasks WHERE job_id = :job AND lane = 2"
)
_SEEN = text(
    """
SELECT e.worker_id, count(t.id) AS seen, max(COALESCE(g."right", 0)) AS right,
    max(COALESCE(g.wrong, 0)) AS wrong,
    count(a.id) FILTER (WHERE a.submitted_at >= :since) AS recent,
    min(a.claimed_at) FILTER (WHERE a.submitted_at >= :since) AS began_at
FROM enrolments e
LEFT JOIN gold_records g ON g.job = e.job_id AND g.worker_id = e.worker_id
LEFT JOIN assignments a ON a.job_id = e.job_id AND a.worker_id = e.worker_id
LEFT JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id AND a.gold_version IS NOT NULL
    AND t.state <> 'withdrawn'
WHERE e.job_id = :job AND e.state = 'active'
GROUP BY e.worker_id
"""
)
