"""Say how far a draft is on its six steps from the first idea to workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.db import UnitOfWork
from marketplace.jobs import pricing, queries, showing
from marketplace.jobs.models import Job
from marketplace.jobs.pages import writing
from marketplace.jobs.states import JobState

WAYS = ("edit", "interface", "guidelines", "import", "people", "price")


@dataclass(frozen=True)
class Step:
    """One step: the page it is done on, and whether what it must bring is there."""

    way: str
    is_done: bool


def of(uow: UnitOfWork, job: Job) -> Sequence[Step]:
    """Return the steps of a draft in order; a published job has none left."""
    if job.state != JobState.DRAFT:
        return ()
    reward = queries.reward_of(uow, job)
    done = {
        "edit": bool(job.title),
        "interface": job.interface_version > 1 or not _is_starter(uow, job),
        "guidelines": queries.has_guidelines(uow, job),
        "import": job.tasks_count > 0,
        "people": job.gold_count >= pricing.gold_needed(job),
        "price": pricing.hourly(job, reward) >= pricing.pay_floor_hourly(job),
    }
    return [Step(way, done[way]) for way in WAYS]


def _is_starter(uow: UnitOfWork, job: Job) -> bool:
    """Tell whether a draft still asks only what every new draft asks."""
    return showing.text(uow, job, queries.INTERFACE) in map(writing.starter, writing.SHOWN)


def after(job: Job, way: str) -> str:
    """Return where saving a step leads: a draft goes on, a published job goes home."""
    if job.state != JobState.DRAFT:
        return f"/jobs/{job.id}"
    place = WAYS.index(way) + 1
    return f"/jobs/{job.id}/{WAYS[place]}" if place < len(WAYS) else f"/jobs/{job.id}"
