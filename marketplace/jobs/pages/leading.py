"""Pages of one job: how it stands, and what leads it on."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request

from kernel.db import UnitOfWork
from kernel.web.pages import form, page, sent
from marketplace.jobs import policy, pricing, publishing, queries, schemas, showing
from marketplace.jobs.models import Job
from marketplace.jobs.pages import steps
from marketplace.jobs.states import JOB, LIVE, JobState
from payouts import queries as books

PAGE_ROWS = 50
blueprint = Blueprint("leading", __name__)


@blueprint.get("/jobs/<uuid:job_id>")
@page(policy.SEE, "jobs/job.html", load=queries.job_for_endpoint)
def job(uow: UnitOfWork, shown: Job) -> dict[str, Any]:
    """Show how a job stands: state, progress, money, and what may be done next."""
    return {
        "job": shown,
        "steps": steps.of(uow, shown),
        "details": showing.job(uow, shown),
        "quote": pricing.quote(uow, shown),
        "books": books.job_money(uow, shown.id, shown.currency),
        "balances": books.organisation_balances(uow, shown.organisation_id),
        "may_lead": policy.manages(uow.identity, shown),
        "is_live": shown.state in LIVE,
        "can": {state.value: JOB.allows(shown.state, state) for state in JobState},
    }


@blueprint.post("/jobs/<uuid:job_id>/fund")
@form(policy.FUND, job, load=queries.job_for_endpoint)
def fund(uow: UnitOfWork, shown: Job) -> str:
    """Move money from the organisation's balance into the job."""
    amount = {"amount": request.form.get("amount", "").strip(), "currency": shown.currency}
    publishing.fund(uow, shown, schemas.FundingIn().load({"amount": amount})["amount"])
    flash("The money is in the job.", "success")
    return f"/jobs/{shown.id}"


@blueprint.post("/jobs/<uuid:job_id>/publish")
@form(policy.PUBLISH, job, load=queries.job_for_endpoint)
def publish(uow: UnitOfWork, shown: Job) -> str:
    """Open the job to workers."""
    publishing.publish(uow, shown)
    flash("The job is open: workers find it now.", "success")
    return f"/jobs/{shown.id}"


@blueprint.post("/jobs/<uuid:job_id>/pause")
@form(policy.EDIT, job, load=queries.job_for_endpoint)
def pause(uow: UnitOfWork, shown: Job) -> str:
    """Stop handing out tasks."""
    publishing.pause(uow, shown, sent(schemas.PauseIn())["reason"])
    return f"/jobs/{shown.id}"


@blueprint.post("/jobs/<uuid:job_id>/resume")
@form(policy.EDIT, job, load=queries.job_for_endpoint)
def resume(uow: UnitOfWork, shown: Job) -> str:
    """Hand out tasks again."""
    publishing.resume(uow, shown)
    return f"/jobs/{shown.id}"


@blueprint.post("/jobs/<uuid:job_id>/close")
@form(policy.EDIT, job, load=queries.job_for_endpoint)
def close(uow: UnitOfWork, shown: Job) -> str:
    """End the job."""
    publishing.close(uow, shown)
    flash("The job is closed. What was free of its money is back in your balance.", "success")
    return f"/jobs/{shown.id}"


@blueprint.post("/jobs/<uuid:job_id>/cancel")
@form(policy.EDIT, job, load=queries.job_for_endpoint)
def cancel(uow: UnitOfWork, shown: Job) -> str:
    """Call the job off."""
    publishing.cancel(uow, shown)
    flash("The job is cancelled. Tasks that people hold may still be answered.", "success")
    return f"/jobs/{shown.id}"


@blueprint.get("/jobs/<uuid:job_id>/tasks")
@page(policy.SEE, "jobs/tasks.html", load=queries.job_for_endpoint)
def tasks(uow: UnitOfWork, shown: Job) -> dict[str, Any]:
    """List the tasks of a job in the order of import."""
    found = queries.tasks(uow, shown.id, request.args.get("cursor"), PAGE_ROWS)
    return {"job": shown, "tasks": found}
