"""The page of a job's quality, and the page that says why a label is what it is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, request

from kernel.db import UnitOfWork
from kernel.web.pages import page
from marketplace.jobs import interface, rendering
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job
from marketplace.quality import board_schemas, explaining, policy, second_looks
from marketplace.quality.board import dashboard
from marketplace.review.policy import InJob, task_for_endpoint

blueprint = Blueprint("showing", __name__)


@blueprint.get("/jobs/<uuid:job_id>/quality")
@page(policy.SEE, "quality/dashboard.html", load=jobs.job_for_endpoint)
def quality(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Show what is measured of a job's labels and people."""
    user_id = uow.identity.user_id
    return {
        "job": job,
        "board": dashboard.dashboard(uow, job, _control()),
        "waiting_count": second_looks.waiting_count(uow, job, user_id) if user_id else 0,
    }


@blueprint.get("/jobs/<uuid:job_id>/tasks/<uuid:task_id>/why")
@page(policy.SEE, "quality/why.html", load=task_for_endpoint)
def why(uow: UnitOfWork, found: InJob) -> dict[str, Any]:
    """Say why a label is what it is, all on one page."""
    shown = explaining.why(uow, found.job, found.task_id, _control())
    return {
        "job": found.job,
        "why": shown,
        "html": task_html(uow, found.job, shown.task.data),
    }


def task_html(uow: UnitOfWork, job: Job, data: dict[str, Any]) -> Any:
    """Draw a task as workers see it, without an answer."""
    shape = jobs.interface_of(uow, job.id, job.interface_version)
    return rendering.render(
        current_app.jinja_env, rendering.Body(shape, data, _address_in(job), {}, readonly=True)
    )


def classes_of(uow: UnitOfWork, job: Job) -> dict[str, tuple[str, ...]]:
    """Return the classes of each control in the order shown."""
    return interface.classes(jobs.interface_of(uow, job.id, job.interface_version))


def _control() -> str | None:
    control: str | None = board_schemas.ControlIn().load(
        {k: v for k, v in request.args.items() if v and k == "control"}
    )["control"]
    return control


def _address_in(job: Job) -> Any:
    """Return what turns an image field into an address that members may open."""

    def address(value: str) -> str:
        return value if "://" in value else f"/api/v1/jobs/{job.id}/media/{value}"

    return address
