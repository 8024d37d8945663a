"""Measure how a job goes over time, and forecast its cost and its end from that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from kernel.db import UnitOfWork
from kernel.money import Money
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job
from marketplace.jobs.states import CLAIMABLE
from payouts import queries as books

STEPS = 60
STEP_SECONDS_MIN = 60
WINDOWS = (timedelta(hours=1), timedelta(days=1))
PACE_ANSWERS_MIN = 10
SETTLED_MIN = 10


@dataclass(frozen=True)
class Point:
    """How many answers were handed in and how many tasks settled, up to a moment."""

    at: datetime
    answers: int
    settled: int


@dataclass(frozen=True)
class Forecast:
    """What is still to come: answers, their cost with fee, and the end at today's pace.

    `answers_a_task` is the mean over `settled_tasks` tasks, or the least asked for while those are
    too few; `ends_at` is None while nobody works or nothing is left.
    """

    answers_left: int
    answers_a_task: float
    settled_tasks: int
    cost_left: Money
    answers_an_hour: float | None
    ends_at: datetime | None


@dataclass(frozen=True)
class Spending:
    """Where a job's money stands: paid with fees, promised to answers, and expected in all."""

    spent: Money
    promised: Money
    free: Money
    in_all: Money
    missing: Money


def over_time(uow: UnitOfWork, job: Job) -> list[Point]:
    """Return answers and settled tasks, counted up in at most sixty steps; empty before any."""
    first, last = uow.session.execute(_SPAN, {"job": job.id}).one()
    if first is None:
        return []
    width = max((last - first).total_seconds() / STEPS, STEP_SECONDS_MIN)
    values = {"job": job.id, "start": first, "width": timedelta(seconds=width)}
    steps: dict[datetime, list[int]] = {}
    for row in uow.session.execute(_STEPS, values):
        counted = steps.setdefault(row.at, [0, 0])
        counted[0] += row.answers
        counted[1] += row.settled
    points, answers, settled = [Point(first, 0, 0)], 0, 0
    for at in sorted(steps):
        answers, settled = answers + steps[at][0], settled + steps[at][1]
        points.append(Point(at + timedelta(seconds=width), answers, settled))
    return points


def forecast(uow: UnitOfWork, job: Job) -> Forecast:
    """Forecast what is left of a job from what its settled tasks took and from the last hours."""
    counts = uow.session.execute(_COUNTS, {"job": job.id}).one()
    is_known = counts.settled >= SETTLED_MIN
    each = float(counts.taken_settled / counts.settled) if is_known else float(job.answers_min)
    plain_left = max(each * counts.unsettled - counts.taken_unsettled, float(counts.unsettled))
    with_checks = plain_left * (1 + _check_share(counts))
    left = round(with_checks) if counts.unsettled else 0
    rate = _pace(uow, job)
    is_going = job.state in CLAIMABLE and left and rate
    return Forecast(
        answers_left=left,
        answers_a_task=each,
        settled_tasks=counts.settled,
        cost_left=jobs.slot_cost(uow, job) * left,
        answers_an_hour=rate,
        ends_at=uow.now + timedelta(hours=left / rate) if is_going and rate else None,
    )


def spending(uow: UnitOfWork, job: Job, coming: Forecast) -> Spending:
    """Return where the money of a job stands, and what is expected to be missing."""
    money = books.job_money(uow, job.id, job.currency)
    undecided = uow.session.scalar(_UNDECIDED, {"job": job.id}) or 0
    spent = money.paid + money.fees
    to_pay = jobs.slot_cost(uow, job) * int(undecided) + coming.cost_left
    short = to_pay - money.reserved - money.budget
    return Spending(
        spent=spent,
        promised=money.reserved,
        free=money.budget,
        in_all=spent + to_pay,
        missing=max(short, Money(0, job.currency)),
    )


def hardest(uow: UnitOfWork, job: Job, most: int) -> Sequence[Any]:
    """Return the tasks whose labels are least sure, the least sure first."""
    return uow.session.execute(_HARDEST, {"job": job.id, "most": most}).all()


def gold(uow: UnitOfWork, job: Job) -> tuple[int, int]:
    """Return how many answers to checks were right, of how many."""
    right, wrong = uow.session.execute(_GOLD, {"job": job.id}).one()
    return int(right), int(right + wrong)


def _check_share(counts: Any) -> float:
    """Return how many answers to checks come with each answer to a plain task."""
    plain = counts.taken_settled + counts.taken_unsettled
    return float(counts.checks / plain) if plain else 0.0


def _pace(uow: UnitOfWork, job: Job) -> float | None:
    """Return the answers an hour of the last hour, or of the last day where that had too few."""
    for window in WINDOWS:
        values: Mapping[str, Any] = {"job": job.id, "since": uow.now - window}
        count, first = uow.session.execute(_RECENT, values).one()
        if count >= PACE_ANSWERS_MIN:
            hours: float = max((uow.now - first).total_seconds(), STEP_SECONDS_MIN) / 3_600
            return float(count) / hours
    return None


_SPAN = text(
    "SELECT min(submitted_at), max(submitted_at) FROM assignments"
    " WHERE job_id = :job AND given IS NOT NULL"
)
_STEPS = text(
    """
SELECT date_bin(CAST(:width AS interval), submitted_at, :start) AS at, count(*) AS answers,
    0 AS settled
FROM assignments WHERE job_id = :job AND given IS NOT NULL GROUP BY 1
UNION ALL
SELECT date_bin(CAST(:width AS interval), ended.at, :start), 0, count(*) FROM (
    SELECT max(a.submitted_at) AS at
    FROM assignments a JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id
    WHERE a.job_id = :job AND a.given IS NOT NULL AND t.lane < 2 AND t.state = 'settled'
    GROUP BY a.task_id) ended
GROUP BY 1
"""
)
_COUNTS = text(
    """
SELECT count(*) FILTER (WHERE lane < 2 AND state = 'settled') AS settled,
    count(*) FILTER (WHERE lane < 2 AND state IN ('waiting', 'open')) AS unsettled,
    coalesce(sum(slots_taken) FILTER (WHERE lane < 2 AND state = 'settled'), 0) AS taken_settled,
    coalesce(sum(slots_taken) FILTER (WHERE lane < 2 AND state IN ('waiting', 'open')), 0)
        AS taken_unsettled,
    coalesce(sum(slots_taken) FILTER (WHERE lane = 2), 0) AS checks
FROM tasks WHERE job_id = :job
"""
)
_RECENT = text(
    "SELECT count(*), min(submitted_at) FROM assignments"
    " WHERE job_id = :job AND given IS NOT NULL AND submitted_at >= :since"
)
_UNDECIDED = text(
    "SELECT count(*) FROM assignments WHERE job_id = :job AND state IN ('claimed', 'submitted')"
)
_GOLD = text(
    'SELECT coalesce(sum("right"), 0), coalesce(sum(wrong), 0) FROM gold_records WHERE job = :job'
)
_HARDEST = text(
    """
SELECT l.task_id, l.control, l.value, l.confidence::float8 AS confidence, l.answers_count,
    l.needs_review, t.position, t.external_id
FROM labels l JOIN tasks t ON t.job_id = l.job_id AND t.id = l.task_id
WHERE l.job_id = :job AND l.answers_count > 0 AND l.reviewed_by IS NULL AND t.state <> 'withdrawn'
ORDER BY l.confidence, t.position LIMIT :most
"""
)
