"""The page on which labels and answers are exported."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request

from kernel.db import UnitOfWork
from kernel.web.pages import form, page, sent
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job
from marketplace.review import exporting, policy, queries, schemas
from marketplace.review.states import ExportState

PAGE_ROWS = 50
blueprint = Blueprint("taking", __name__)


@blueprint.get("/jobs/<uuid:job_id>/exports")
@page(policy.SEE, "review/exports.html", load=jobs.job_for_endpoint)
def exports(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """List the exports of a job and offer another."""
    return _shown(uow, job)


@blueprint.get("/jobs/<uuid:job_id>/exports/state")
@page(policy.SEE, "review/exports_state.html", load=jobs.job_for_endpoint)
def state(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Show the part of that page that changes."""
    return _shown(uow, job)


@blueprint.post("/jobs/<uuid:job_id>/exports")
@form(policy.EXPORT, exports, load=jobs.job_for_endpoint)
def ask(uow: UnitOfWork, job: Job) -> str:
    """Ask for a file; what goes into it is approved by that."""
    exporting.ask(uow, job, exporting.Wanted(**sent(schemas.ExportIn())))
    flash("The file is being written.", "success")
    return f"/jobs/{job.id}/exports"


def _shown(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    found = queries.exports(uow, job.id, request.args.get("cursor"), PAGE_ROWS)
    is_waiting = any(each.state == ExportState.WAITING for each in found.items)
    return {"job": job, "exports": found, "is_waiting": is_waiting, "formats": exporting.FORMATS}
