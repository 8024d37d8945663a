"""Pages on which a worker looks for work, reads up on a job, and looks back on what they did."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, request

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.web.pages import form, page, sent
from marketplace.assignments import browsing, policy, queries, routes, schemas
from marketplace.assignments.handout import enrolling
from marketplace.assignments.models import Enrolment
from marketplace.assignments.states import AssignmentState
from marketplace.jobs import differing
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import JobVersion
from payouts import queries as books

PAGE_ROWS = 50
blueprint = Blueprint("choosing", __name__)


@blueprint.get("/work")
@page(policy.BROWSE, "work/browse.html")
def browse(uow: UnitOfWork) -> dict[str, Any]:
    """List open jobs with their real pay and what stands in the way, as the worker wants them."""
    order, only_fit = request.args.get("order", "new"), request.args.get("fit") == "true"
    if order == "new" and not only_fit:
        found = browsing.open_jobs(uow, uow.identity, _cursor(), PAGE_ROWS)
    else:
        found = browsing.open_jobs_by(uow, uow.identity, order, only_fit=only_fit)
    return {"jobs": found, "order": order, "only_fit": only_fit}


@blueprint.get("/work/<uuid:job_id>")
@page(policy.BROWSE, "work/job.html")
def job(uow: UnitOfWork, job_id: UUID) -> dict[str, Any]:
    """Show one job with its guidelines, and where the worker stands on it."""
    shown = browsing.open_job(uow, uow.identity, job_id)
    row = jobs.job(uow, job_id)
    enrolment = uow.session.get(Enrolment, (job_id, uow.identity.worker_id))
    guidelines = jobs.version(uow, job_id, jobs.GUIDELINES, row.guidelines_version)
    has_changed = enrolment is not None and enrolment.guidelines_seen < guidelines.version
    return {
        "job": shown,
        "guidelines": guidelines,
        "enrolment": enrolment,
        "held": queries.held(uow, routes.worker_id(uow), job_id),
        "has_changed": has_changed,
        "differences": _new_since(uow, enrolment, guidelines) if enrolment and has_changed else (),
    }


@blueprint.post("/work/<uuid:job_id>/guidelines")
@form(policy.CLAIM, job)
def confirm_guidelines(uow: UnitOfWork, job_id: UUID) -> str:
    """Confirm that the guidelines were read, and go on working."""
    version = sent(schemas.VersionIn())["version"]
    enrolling.confirm_guidelines(uow, routes.worker_id(uow), job_id, version)
    return f"/work/{job_id}/tasks"


@blueprint.get("/work/mine")
@page(policy.SEE_OWN, "work/mine.html")
def mine(uow: UnitOfWork) -> dict[str, Any]:
    """List what a worker did, with its state, its pay, and the way to appeal."""
    query = schemas.MyAssignmentsIn().load({k: v for k, v in request.args.items() if v})
    worker_id = routes.worker_id(uow)
    found = queries.mine(uow, worker_id, query["state"], query["cursor"], PAGE_ROWS)
    return {
        "found": found,
        "earnings": books.earning_of(uow, [each.source for each in found.items]),
        "enrolments": queries.enrolments(uow, worker_id),
        "state": query["state"],
        "states": list(AssignmentState),
    }


def _new_since(uow: UnitOfWork, enrolment: Enrolment, now: JobVersion) -> list[differing.Line]:
    """Return what changed since the guidelines a worker has confirmed."""
    seen = jobs.version(uow, now.job_id, jobs.GUIDELINES, enrolment.guidelines_seen)
    return differing.lines(seen.content, now.content)


def _cursor() -> UUID | None:
    try:
        return UUID(request.args["cursor"]) if request.args.get("cursor") else None
    except ValueError:
        raise Refused("cursor_invalid", "This cursor is not one we gave out.") from None
