"""Forecast what several targets would take, cost and reach, from what a job's pilot showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consensus.stopping import StoppingSettings, planning
from consensus.stopping.planning import Forecast, Interval
from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.money import Money
from marketplace.jobs import queries
from marketplace.jobs.models import Job
from marketplace.quality.plans import piloting, targeting
from marketplace.quality.plans.piloting import Readiness
from payouts import queries as books

TARGETS = (0.8, 0.85, 0.9, 0.95, 0.98)
TARGETS_MAX = 8
LEAST_TO_STOP_EARLY = 2


@dataclass(frozen=True)
class Cost:
    """What a target costs, fee and gold included, with bounds that hold 80 % of the time."""

    low: Money
    middle: Money
    high: Money


@dataclass(frozen=True)
class Line:
    """What one target comes to over the whole job; `missing` is what the high cost still needs."""

    target: float
    is_current: bool
    answers: Interval
    answers_per_task: float
    cost: Cost
    accuracy: Interval
    missing: Money


@dataclass(frozen=True)
class Plan:
    """A job's forecast for one control, or how much its pilot lacks for one.

    `is_calibrated` is false while too few random items were checked to vouch for accuracies;
    `obstacle` says why no target can be chosen, and is empty where one can.
    """

    control: str
    controls: Sequence[str]
    tasks: int
    target: float
    readiness: Readiness
    is_calibrated: bool
    calibration: str
    funded: Money
    lines: Sequence[Line]
    obstacle: str


def plan(
    uow: UnitOfWork, job: Job, wanted: str | None = None, targets: Sequence[float] = ()
) -> Plan | None:
    """Return what targets come to, the job's own among them; None where no control has classes.

    The same answers give the same plan: its chance is the job's. Raise Missing for a control that
    is not there.
    """
    crowds = piloting.crowds(uow, job)
    control = wanted or next(iter(crowds), None)
    if control is None:
        return None
    if control not in crowds:
        raise Missing("control_unknown", "This job has no such question with classes.")
    crowd = crowds[control]
    found = piloting.find(uow, job, crowd)
    calibrated = crowd.insight.calibration
    money = books.job_money(uow, job.id, job.currency)
    funded = money.funded - money.returned
    return Plan(
        control,
        list(crowds),
        job.tasks_count,
        float(job.confidence),
        found.readiness,
        calibrated.is_calibrated,
        calibrated.sentence,
        funded,
        _lines(uow, job, found, targets or TARGETS, funded),
        targeting.obstacle(job),
    )


def _lines(
    uow: UnitOfWork, job: Job, found: piloting.Found, targets: Sequence[float], funded: Money
) -> list[Line]:
    if found.pilot is None:
        return []
    price = queries.slot_cost(uow, job)
    ahead = planning.Plan(job.tasks_count, price.micros, job.id.int % 2**32)
    wanted = [_settings(job, one) for one in sorted({*targets, float(job.confidence)})]
    return [_line(job, one, price, funded) for one in planning.forecast(found.pilot, ahead, wanted)]


def _settings(job: Job, target: float) -> StoppingSettings:
    """Return when tasks would stop; of a job with a fixed number, as if it could stop early."""
    least = job.answers_min if job.is_adaptive else min(LEAST_TO_STOP_EARLY, job.answers_min)
    return StoppingSettings(least, job.answers_max, target)


def _line(job: Job, one: Forecast, price: Money, funded: Money) -> Line:
    low, middle, high = (
        price * round(bound) for bound in (one.answers.low, one.answers.middle, one.answers.high)
    )
    return Line(
        one.target.confidence,
        job.is_adaptive and one.target.confidence == float(job.confidence),
        one.answers,
        one.answers.middle / job.tasks_count if job.tasks_count else 0.0,
        Cost(low, middle, high),
        one.accuracy,
        max(high - funded, Money(0, job.currency)),
    )
