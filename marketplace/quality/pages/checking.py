"""The page on which a job's gold is looked after."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, flash, request

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.web.pages import form, page
from marketplace.jobs import policy as job_policy
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job
from marketplace.quality import policy, routes
from marketplace.quality.checks import overview
from marketplace.quality.pages.showing import classes_of
from marketplace.review.policy import InJob, task_for_endpoint

blueprint = Blueprint("checking", __name__)
DONE = {
    "keep": "The check is in use and counts.",
    "correct": "The check is corrected, and every answer to it is scored again.",
    "retire": "The check is handed out no more; what it measured stands.",
    "withdraw": "The check counts for nobody any more.",
}


@blueprint.get("/jobs/<uuid:job_id>/checks")
@page(policy.SEE, "quality/checks.html", load=jobs.job_for_endpoint)
def checks(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """List the checks of a job: the doubtful first, then as imported."""
    shown = overview.overview(uow, job)
    return {
        "job": job,
        "overview": shown,
        "lines": sorted(shown.lines, key=lambda line: line.state != "paused"),
        "classes": classes_of(uow, job),
        "may_look": job_policy.manages(uow.identity, job),
    }


@blueprint.post("/jobs/<uuid:job_id>/checks/<uuid:task_id>")
@form(policy.LOOK, checks, load=task_for_endpoint)
def look(uow: UnitOfWork, found: InJob) -> str:
    """Keep, correct, retire or withdraw a check."""
    act, control = request.form.get("act", ""), request.form.get("control", "")
    if act not in DONE:
        raise Refused("check_unclear", "Choose what to do with this check.")
    known = None
    if act == "correct":
        others = jobs.task(uow, found.job.id, found.task_id).known or {}
        known = {**others, control: _value(uow, found.job, control)}
    routes.look(uow, found.job, found.task_id, act, known)
    flash(DONE[act], "success")
    return f"/jobs/{found.job.id}/checks"


def _value(uow: UnitOfWork, job: Job, control: str) -> Any:
    """Return the known answer as sent: a class by its name, of any other kind as JSON."""
    sent = request.form.get("value", "")
    if control in classes_of(uow, job):
        return sent
    try:
        return json.loads(sent)
    except ValueError:
        raise Refused("check_malformed", "Write the known answer as JSON, as shown.") from None
