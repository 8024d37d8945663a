"""Pages on which admins look over jobs and stop one that must not run."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request
from sqlalchemy import Select, or_, select

from kernel.db import UnitOfWork
from kernel.web import paging
from kernel.web.fields import In, Text
from kernel.web.pages import form, page, sent
from marketplace.accounts.models import Organisation
from marketplace.home import policy
from marketplace.jobs import publishing, queries, schemas
from marketplace.jobs.models import Job
from marketplace.jobs.states import JobState

PAGE_ROWS = 50
SEARCH_MAX = 200
REASON_MIN = 10
blueprint = Blueprint("moderating", __name__)


class StopIn(In):
    """Receive why a job must not run; its managers read it."""

    reason = Text(required=True, least=REASON_MIN, most=schemas.REASON_MAX)


@blueprint.get("/jobs")
@page(policy.ADMINISTER, "admin/jobs.html")
def jobs(uow: UnitOfWork) -> dict[str, Any]:
    """List jobs, the newest first: all, those in one state, or those that were stopped."""
    wanted = request.args.get("q", "").strip()[:SEARCH_MAX]
    state = request.args.get("state", "")
    query = _search(wanted, state)
    cursor = request.args.get("cursor")
    found = paging.page(uow.session, query, Job.id, cursor, PAGE_ROWS, newest_first=True)
    named = Organisation.id.in_({job.organisation_id for job in found.items})
    names = uow.session.execute(select(Organisation.id, Organisation.name).where(named))
    return {
        "jobs": found,
        "names": dict(iter(names)),
        "wanted": wanted,
        "state": state,
        "states": [("", "All"), ("stopped", "Stopped by an admin")]
        + [(each.value, each.value.capitalize()) for each in JobState],
    }


@blueprint.post("/jobs/<uuid:job_id>/stop")
@form(policy.ADMINISTER, jobs)
def stop(uow: UnitOfWork, job_id: Any) -> str:
    """Stop a job with a reason; nothing that was answered is lost, and all of it is paid."""
    job = publishing.stop(uow, queries.job(uow, job_id), sent(StopIn())["reason"])
    flash(f"“{job.title}” is stopped; its managers have been told.", "success")
    return "/admin/jobs?state=stopped"


@blueprint.post("/jobs/<uuid:job_id>/lift")
@form(policy.ADMINISTER, jobs)
def lift(uow: UnitOfWork, job_id: Any) -> str:
    """Let a stopped job go on."""
    job = publishing.lift_stop(uow, queries.job(uow, job_id))
    flash(f"“{job.title}” may go on; its managers have been told.", "success")
    return "/admin/jobs"


def _search(wanted: str, state: str) -> Select[Job]:
    query = select(Job)
    if state == "stopped":
        query = query.where(Job.stop_reason != "")
    elif state in list(JobState):
        query = query.where(Job.state == state)
    if wanted:
        theirs = select(Organisation.id).where(Organisation.name.icontains(wanted, autoescape=True))
        title = Job.title.icontains(wanted, autoescape=True)
        query = query.where(or_(title, Job.organisation_id.in_(theirs)))
    return query
