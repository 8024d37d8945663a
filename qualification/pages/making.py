"""Pages on which an organisation makes exams."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.web.pages import form, page, written
from qualification import exams, policy, queries, schemas
from qualification.pages.written import questions

PAGE_ROWS = 50
WHOLE = ("pass_mark", "seconds_max", "retry_seconds", "valid_days")
CHOOSE = permissions.permission("exam:choose_organisation", may=permissions.signed_in)
blueprint = Blueprint("making", __name__)


@blueprint.get("/exams/new")
@page(CHOOSE, "exams/new.html")
def drafting(uow: UnitOfWork) -> dict[str, Any] | Response:
    """Ask for everything an exam needs on one page."""
    try:
        named = request.values.get("organisation")
        organisation = UUID(named) if named else next(iter(uow.identity.roles), None)
    except ValueError:
        raise Missing("not_found", "There is nothing at this address.") from None
    if organisation is None:
        return redirect("/account")
    permissions.authorize(uow.identity, policy.CREATE, queries.owner(uow, organisation))
    return {"organisation": organisation}


@blueprint.post("/organisations/<uuid:organisation_id>/exams")
@form(policy.CREATE, drafting, load=queries.owner)
def make(uow: UnitOfWork, owner: str) -> str:
    """Make the exam and lead to the list of them."""
    data = written(whole=WHOLE)
    data.pop("organisation", None)
    data["questions"] = questions(data.get("questions", ""))
    made = exams.create(uow, owner, exams.ExamDraft(**schemas.ExamIn().load(data)))
    for warning in made.warnings:
        flash(warning, "warning")
    flash("The exam is there. Jobs can ask for it now.", "success")
    return f"/organisations/{owner.removeprefix(policy.ORGANISATION)}/exams"


@blueprint.get("/organisations/<uuid:organisation_id>/exams")
@page(policy.LIST, "exams/list.html", load=queries.owner)
def exams_page(uow: UnitOfWork, owner: str) -> dict[str, Any]:
    """List an organisation's qualifications and the exams that grant them."""
    found = queries.types(uow, owner, request.args.get("cursor"), PAGE_ROWS)
    return {
        "organisation": owner.removeprefix(policy.ORGANISATION),
        "found": found,
        "may_make": policy.role_in(uow.identity, owner) in policy.MAKERS,
    }
