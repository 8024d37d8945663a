"""Pages on which workers see their own quality, and object to a check by one click."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request

from kernel.db import UnitOfWork
from kernel.web.pages import form, page
from marketplace.assignments.routes import worker_id
from marketplace.quality import own, policy
from marketplace.quality.checks import contests

blueprint = Blueprint("working", __name__)


@blueprint.get("/work/quality")
@page(policy.SEE_OWN, "quality/mine.html")
def mine(uow: UnitOfWork) -> dict[str, Any]:
    """List the jobs a worker is or was on."""
    return {"jobs": own.jobs(uow, worker_id(uow))}


@blueprint.get("/work/quality/<uuid:job_id>")
@page(policy.SEE_OWN, "quality/mine_on_job.html")
def on_job(uow: UnitOfWork, job_id: UUID) -> dict[str, Any]:
    """Show a worker's own quality on one job, in fair words."""
    return {"mine": own.on_job(uow, worker_id(uow), job_id)}


@blueprint.post("/work/quality/<uuid:job_id>/contest")
@form(policy.CONTEST, on_job)
def contest(uow: UnitOfWork, job_id: UUID) -> str:
    """Object to the known answer of a check."""
    contests.contest(uow, worker_id(uow), request.form.get("assignment", ""))
    flash("Thank you. The requester is asked to look at this check.", "success")
    return f"/work/quality/{job_id}"
