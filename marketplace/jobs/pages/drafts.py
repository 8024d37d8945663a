"""Pages that list an organisation's jobs and draft a new one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request
from marshmallow import EXCLUDE
from werkzeug.wrappers import Response

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.money import EXPONENTS, Money
from kernel.web.pages import form, page, written
from marketplace.accounts import queries as accounts
from marketplace.config import policy as platform
from marketplace.jobs import drafting, policy, queries, schemas
from marketplace.jobs.pages import writing
from marketplace.jobs.queries import Founded
from qualification import queries as qualifications

PAGE_ROWS = 50
QUALIFICATIONS_SHOWN = 100
WHOLE = (
    "expected_seconds",
    "redundancy.answers_min",
    "redundancy.answers_max",
    "approval.delay_seconds",
    "gold.first",
    "gold.every",
)
blueprint = Blueprint("drafts", __name__)


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
    return {"jobs": found, "organisation": named, "names": identity.organisation_names}


@blueprint.get("/jobs/new")
@page(policy.BEGIN, "jobs/new.html")
def drafting_page(uow: UnitOfWork) -> dict[str, Any] | Response:
    """Ask for everything a draft needs on one page."""
    organisation = _chosen(uow)
    if organisation is None:
        return redirect("/account")
    owner = qualifications.owner(uow, organisation)
    kinds = qualifications.types(uow, owner, None, QUALIFICATIONS_SHOWN).items
    return {
        "organisation": organisation,
        "organisations": uow.identity.organisations,
        "currencies": [(code, code) for code in EXPONENTS],
        "qualifications": [(kind.type.id, kind.type.name) for kind in kinds],
        "pay_floor": Money(platform().pay_floor_micros_per_hour, "USD"),
        "fee_share": platform().fee_basis_points / 10_000,
    }


@blueprint.post("/jobs/new")
@form(policy.BEGIN, drafting_page)
def draft(uow: UnitOfWork) -> str:
    """Create the draft and lead on to its tasks."""
    data = schemas.JobIn(unknown=EXCLUDE).load(_written())
    permissions.authorize(uow.identity, policy.CREATE, Founded(data["organisation_id"]))
    organisation = accounts.organisation(uow, data["organisation_id"])
    job = drafting.create(uow, organisation.id, data)
    flash("The draft is saved. Now add its tasks.", "success")
    return f"/jobs/{job.id}/import"


def _written() -> dict[str, Any]:
    """Return the form as the API would receive it: its parts put together, XML written out."""
    data = written(whole=WHOLE)
    if request.form.get("kind") == writing.XML:
        data["interface"] = request.form.get("xml", "")
    else:
        parts = (request.form.get(name, "") for name in ("kind", "question", "classes"))
        data["interface"] = writing.interface(*parts)
    data["reward"] = {"amount": data.get("reward", ""), "currency": data.get("currency", "")}
    if needed := request.form.get("needs"):
        data["requirements"] = [{"qualification": needed, "comparison": "exists"}]
    return data


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
