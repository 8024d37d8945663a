"""The page on which a job is planned from its pilot, and a target chosen."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request

from kernel.db import UnitOfWork
from kernel.web.pages import form, page, sent
from marketplace.jobs import policy as job_policy
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job
from marketplace.quality import policy
from marketplace.quality.plans import forecasting, schemas, targeting

blueprint = Blueprint("planning", __name__)


@blueprint.get("/jobs/<uuid:job_id>/plan")
@page(policy.SEE, "quality/plan.html", load=jobs.job_for_endpoint)
def plan(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Show what several targets would take, cost and reach."""
    asked = {name: value for name, value in request.args.items() if name == "control" and value}
    control = schemas.PlanIn().load(asked)["control"]
    return {
        "job": job,
        "plan": forecasting.plan(uow, job, control),
        "may_use": job_policy.manages(uow.identity, job),
    }


@blueprint.post("/jobs/<uuid:job_id>/plan/target")
@form(policy.USE_TARGET, plan, load=jobs.job_for_endpoint)
def use(uow: UnitOfWork, job: Job) -> str:
    """Give the job one of the targets."""
    target = sent(schemas.TargetIn())["target"]
    targeting.use(uow, job, target)
    flash(
        f"The job asks for {float(target):.1%} from now on; its labels are looked at anew.",
        "success",
    )
    return f"/jobs/{job.id}/plan"
