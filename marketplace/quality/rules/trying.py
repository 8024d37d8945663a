"""Try rules on the answers already in: whom they would have met, when, and whether rightly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from consensus import reliability
from kernel.db import UnitOfWork
from marketplace.jobs.models import Job
from marketplace.quality.rules import histories
from qualification import trust
from qualification.rules import language, replay
from qualification.rules.language import Rule
from workers.models import Worker

WORKERS_MAX = 5_000


@dataclass(frozen=True)
class Met:
    """One worker a rule would have met: when first, how often, after how much, what it saw."""

    worker_id: UUID
    worker: str
    first_at: datetime
    times: int
    evidence_before: int
    measures: dict[str, float]
    gold_right: int
    gold_seen: int
    is_sound: bool


@dataclass(frozen=True)
class Trial:
    """What a rule would have done on a job so far.

    `sound_met` counts workers met although their whole gold record is compatible with the job's
    minimum (its 95 % interval reaches it): the price of the rule. `answers_after` counts answers
    that workers gave after a rule first met them.
    """

    workers: int
    met: Sequence[Met]
    sound_met: int
    answers: int
    answers_after: int


def try_rule(uow: UnitOfWork, job: Job, rule: Rule) -> Trial:
    """Step through all answers of a job as if a rule had been there from the start."""
    worker_ids = histories.active_since(uow, job.id, None)[:WORKERS_MAX]
    collectors = {rule.collector, "volume"}
    seen = histories.load(uow, job, collectors, worker_ids)
    counts = trust.skills(uow, job.id)
    handles = dict(
        iter(uow.session.execute(select(Worker.id, Worker.handle).where(Worker.id.in_(worker_ids))))
    )
    met, after = [], 0
    for worker_id in worker_ids:
        found = replay.acts(rule, seen[worker_id].get(rule.collector, ()))
        if not found:
            continue
        met.append(_met(job, worker_id, handles[worker_id], found, counts.get(worker_id)))
        answered = seen[worker_id].get("volume", ())
        after += sum(one.at > found[0].at for one in answered)
    return Trial(
        len(worker_ids),
        sorted(met, key=lambda one: one.first_at),
        sum(one.is_sound for one in met) if rule.action in _HARMING else 0,
        sum(len(each.get("volume", ())) for each in seen.values()),
        after,
    )


def _met(
    job: Job,
    worker_id: UUID,
    handle: str,
    found: Sequence[replay.Fired],
    counts: trust.GoldCounts | None,
) -> Met:
    right = counts.right if counts else 0
    seen = right + counts.wrong if counts else 0
    first = found[0]
    return Met(
        worker_id,
        handle,
        first.at,
        len(found),
        first.place + 1,
        first.measures,
        right,
        seen,
        reliability.wilson(right, seen)[1] >= float(job.gold_minimum),
    )


_HARMING = (*language.STOPPING, *language.PROPOSING, language.Action.REVOKE, language.Action.HOLD)
