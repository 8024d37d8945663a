"""The page on which a requester does tasks of their own job, as a worker would, to time them."""

from __future__ import annotations

import json
from statistics import median
from typing import Any

from flask import Blueprint, current_app, flash, request

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.web.pages import form, page
from marketplace.jobs import interface, policy, queries, rendering, schemas, showing
from marketplace.jobs.models import Job
from marketplace.jobs.pages import sampling

TIMES_MAX = 20
blueprint = Blueprint("trying", __name__)


@blueprint.get("/jobs/<uuid:job_id>/preview")
@page(policy.SEE, "jobs/preview.html", load=queries.job_for_endpoint)
def trying(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Show one task as workers see it, and how long those before took."""
    shape = queries.interface_of(uow, job.id, job.interface_version)
    times = _times()
    shown = sampling.data(uow, job, shape, len(times))
    body = rendering.Body(shape, shown.data, sampling.address_in(job))
    return {
        "job": job,
        "guidelines": showing.text(uow, job, queries.GUIDELINES),
        "reward": queries.reward_of(uow, job),
        "html": None if shown.missing else rendering.render(current_app.jinja_env, body),
        "missing": shown.missing,
        "is_example": not shown.count,
        "times": times,
        "pace_seconds": max(round(median(times)), 1) if times else None,
        "shown_at": int(uow.now.timestamp()),
    }


@blueprint.post("/jobs/<uuid:job_id>/preview")
@form(policy.SEE, trying, load=queries.job_for_endpoint)
def answer(uow: UnitOfWork, job: Job) -> str:
    """Check the answer as a worker's would be, keep nothing of it but the time it took."""
    shape = queries.interface_of(uow, job.id, job.interface_version)
    times = _times()
    shown = sampling.data(uow, job, shape, len(times))
    result = _drawn() or interface.result_items(shape, request.form)
    interface.check_result(shape, result, shown.data)
    began_at = request.form.get("shown_at", "")
    took = int(uow.now.timestamp()) - int(began_at) if began_at.isdigit() else 0
    times = [*times, min(max(took, 1), schemas.SECONDS_MAX)][-TIMES_MAX:]
    flash("A worker’s answer like this would be accepted. Nothing was kept.", "success")
    return f"/jobs/{job.id}/preview?times={'.'.join(map(str, times))}"


def _times() -> list[int]:
    """Return the seconds that the tasks before took, as the address carries them."""
    given = request.values.get("times", "").split(".")
    times = [int(each) for each in given if each.isdigit() and len(each) < 6]
    return times[-TIMES_MAX:]


def _drawn() -> Any:
    """Return what the page's script sent: marks have no fields of their own."""
    sent = request.form.get("result", "")
    if not sent:
        return None
    try:
        return json.loads(sent)
    except ValueError:
        raise Refused("answer_malformed", "This answer cannot be read. Please try again.") from None
