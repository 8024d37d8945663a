"""Pages that list an organisation's jobs and begin a new one: the first step of six."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.money import EXPONENTS, MICROS_PER_UNIT, Money
from kernel.web.fields import In, Text
from kernel.web.pages import form, page, sent
from marketplace.accounts import queries as accounts
from marketplace.config import policy as platform
from marketplace.jobs import drafting, policy, pricing, queries, schemas
from marketplace.jobs.models import Job
from marketplace.jobs.pages import steps, writing
from marketplace.jobs.queries import Founded

PAGE_ROWS = 50
# What a draft begins with until its price is set: well above the floor, for half a minute.
HOURLY_MICROS_START = 12 * MICROS_PER_UNIT
blueprint = Blueprint("drafts", __name__)


class BeginIn(In):
    """Receive what a job is about, in a few words."""

    organisation_id = fields.UUID(required=True)
    title = Text(required=True, most=schemas.TITLE_MAX)
    summary = Text(load_default="", most=schemas.SUMMARY_MAX, least=0)
    currency = fields.String(required=True, validate=validate.OneOf(list(EXPONENTS)))
    shows = fields.String(required=True, validate=validate.OneOf([*writing.SHOWN, writing.XML]))


class AboutIn(In):
    """Receive how a job is announced."""

    title = Text(required=True, most=schemas.TITLE_MAX)
    summary = Text(load_default="", most=schemas.SUMMARY_MAX, least=0)


@blueprint.get("/jobs")
@page(policy.LIST, "jobs/list.html")
def jobs(uow: UnitOfWork) -> dict[str, Any] | Response:
    """List the jobs one acts for; who only works is led to the work."""
    identity = uow.identity
    if identity.is_worker and not identity.organisations:
        return redirect("/work")
    wanted = set(identity.roles)
    if named := _named():
        permissions.authorize(identity, policy.SEE, Founded(named))
        wanted = {named}
    found = queries.jobs(uow, wanted, request.args.get("cursor"), PAGE_ROWS)
    settled = queries.settled_counts(uow, [job.id for job in found.items])
    names = identity.organisation_names
    return {"jobs": found, "settled": settled, "organisation": named, "names": names}


@blueprint.get("/jobs/new")
@page(policy.BEGIN, "jobs/new.html")
def beginning(uow: UnitOfWork) -> dict[str, Any] | Response:
    """Ask what shall be labeled."""
    organisation = _chosen(uow)
    if organisation is None:
        return redirect("/account")
    return {
        "organisation": organisation,
        "organisations": uow.identity.organisations,
        "currencies": [(code, code) for code in EXPONENTS],
    }


@blueprint.post("/jobs/new")
@form(policy.BEGIN, beginning)
def begin(uow: UnitOfWork) -> str:
    """Keep the draft, which can be left and taken up again at every step from now on."""
    data = sent(BeginIn())
    permissions.authorize(uow.identity, policy.CREATE, Founded(data["organisation_id"]))
    organisation = accounts.organisation(uow, data.pop("organisation_id"))
    shows = data.pop("shows")
    mode = f"?mode={writing.XML}" if shows == writing.XML else ""
    data["interface"] = writing.starter("text" if mode else shows)
    return steps.after(draft(uow, organisation.id, data), "edit") + mode


def draft(uow: UnitOfWork, organisation_id: UUID, data: dict[str, Any]) -> Job:
    """Keep a draft with a title and an interface; its other steps begin at their defaults."""
    hourly = Money(max(HOURLY_MICROS_START, platform().pay_floor_micros_per_hour), data["currency"])
    seconds = drafting.DEFAULTS["expected_seconds"]
    start = {"guidelines": "", "reward": pricing.reward_for(hourly, seconds)}
    return drafting.create(uow, organisation_id, start | data)


@blueprint.get("/jobs/<uuid:job_id>/edit")
@page(policy.EDIT, "jobs/edit.html", load=queries.job_for_endpoint)
def editing(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Ask how the job is announced, and lead to what else of it can change."""
    return {"job": job, "steps": steps.of(uow, job)}


@blueprint.post("/jobs/<uuid:job_id>/edit")
@form(policy.EDIT, editing, load=queries.job_for_endpoint)
def edit(uow: UnitOfWork, job: Job) -> str:
    """Announce the job in other words."""
    return steps.after(drafting.edit(uow, job, sent(AboutIn())), "edit")


def _named() -> UUID | None:
    try:
        return UUID(request.values["organisation"]) if request.values.get("organisation") else None
    except ValueError:
        raise Missing("not_found", "There is nothing at this address.") from None


def _chosen(uow: UnitOfWork) -> UUID | None:
    """Return the organisation asked for, or the first the asker acts for."""
    named = _named()
    if named:
        permissions.authorize(uow.identity, policy.CREATE, Founded(named))
        return named
    return next((key for key, _ in uow.identity.organisations), None)
