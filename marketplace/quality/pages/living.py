"""The part of a job's page that changes while people work on it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from kernel.db import UnitOfWork
from kernel.web.pages import page
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job
from marketplace.jobs.states import CLAIMABLE
from marketplace.quality import policy
from marketplace.quality.board import measuring
from marketplace.quality.live import pace
from marketplace.review import queries as reviews
from marketplace.review.settling import modelling

PEOPLE_SHOWN, TASKS_SHOWN = 6, 6
SECONDS, SECONDS_LARGE, LARGE_TASKS = 5, 60, 20_000
blueprint = Blueprint("living", __name__)


@blueprint.get("/jobs/<uuid:job_id>/live")
@page(policy.SEE, "jobs/live.html", load=jobs.job_for_endpoint)
def live(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Show progress over time, money, the end in sight, agreement, checks, people, hard tasks."""
    coming = pace.forecast(uow, job)
    progress = reviews.progress(uow, job)
    people = reviews.workers(uow, job)
    return {
        "job": job,
        "points": pace.over_time(uow, job),
        "forecast": coming,
        "spending": pace.spending(uow, job, coming),
        "gold": measuring.share(*pace.gold(uow, job)),
        "agreement": _agreement(uow, job),
        "progress": progress,
        "people": people[:PEOPLE_SHOWN],
        "people_count": progress["answers"]["workers"],
        "hardest": pace.hardest(uow, job, TASKS_SHOWN),
        "is_over": job.state not in CLAIMABLE and not _is_unsettled(progress),
        "seconds": SECONDS if job.tasks_count < LARGE_TASKS else SECONDS_LARGE,
    }


def _is_unsettled(progress: dict[str, Any]) -> bool:
    """Tell whether answers are still out or being read, so that numbers go on changing."""
    return bool(progress["answers"]["claimed"] or progress["answers"]["unsettled"])


def _agreement(uow: UnitOfWork, job: Job) -> measuring.Agreement | None:
    """Return the agreement on the first question with classes, None where there is none."""
    for control, classes in modelling.classes_of(uow, job).items():
        return measuring.agreement_of(uow, job, control, classes)[0]
    return None
