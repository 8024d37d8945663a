"""Pages of ready interfaces: look at all, try one out, begin a job with it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, request, send_file

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.web.http import endpoint
from kernel.web.pages import form as sent_form
from kernel.web.pages import page, sent
from marketplace.accounts import queries as accounts
from marketplace.jobs import gallery, policy, rendering
from marketplace.jobs.gallery import Form, drafting, schemas
from marketplace.jobs.queries import Founded

SAMPLE_AGE_SECONDS = 86_400
blueprint = Blueprint("gallery_pages", __name__)


@blueprint.get("/gallery")
@page(policy.BROWSE, "gallery/list.html")
def ready(_uow: UnitOfWork) -> dict[str, Any]:
    """Show all ready interfaces with a picture each, group by group."""
    found = list(gallery.forms().values())
    groups = {name: [form for form in found if form.group == name] for name in gallery.GROUPS}
    return {"groups": {name: forms for name, forms in groups.items() if forms}}


@blueprint.get("/gallery/<name>")
@page(policy.BROWSE, "gallery/form.html")
def one(uow: UnitOfWork, name: str) -> dict[str, Any]:
    """Show a ready interface at work on one of its sample tasks."""
    form = gallery.form(name)
    number = _row_number(form)
    shown = {"form": form, "reward": drafting.reward(form), "number": number}
    shown["organisations"] = [
        (key, name)
        for key, name in uow.identity.organisations
        if policy.manages(uow.identity, Founded(key))
    ]
    if form.problem:
        return shown
    row = form.rows[number - 1]
    body = rendering.Body(form.shape, row.data, _address)
    return shown | {
        "html": rendering.render(current_app.jinja_env, body),
        "result": form.result(row),
    }


@blueprint.post("/gallery/<name>/jobs")
@sent_form(policy.BEGIN, one)
def use(uow: UnitOfWork, name: str) -> str:
    """Begin a draft with this interface and lead to it."""
    wanted = sent(schemas.DraftIn())["organisation_id"]
    permissions.authorize(uow.identity, policy.CREATE, Founded(wanted))
    organisation = accounts.organisation(uow, wanted)
    job = drafting.draft(uow, organisation.id, gallery.form(name))
    flash("The draft is made. Change what you like, then add your tasks.", "success")
    return f"/jobs/{job.id}"


@blueprint.get("/gallery/<name>/tasks.json")
@endpoint(policy.BROWSE)
def tasks(_uow: UnitOfWork, name: str) -> Response:
    """Send the sample tasks as a file that shows what to import."""
    return Response(
        gallery.form(name).tasks(),
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}.json"'},
    )


@blueprint.get("/gallery/samples/<name>")
@endpoint(policy.BROWSE)
def sample(_uow: UnitOfWork, name: str) -> Response:
    """Send a picture or recording that sample tasks show."""
    path = gallery.sample(name)
    return send_file(path, conditional=True, max_age=SAMPLE_AGE_SECONDS)


def _row_number(form: Form) -> int:
    """Return which sample task is asked for, counted from 1."""
    asked = request.args.get("task", "1")
    number = int(asked) if asked.isdecimal() else 0
    if not 1 <= number <= len(form.rows):
        raise Missing("not_found", "There is no sample task of this number.")
    return number


def _address(name: str) -> str:
    return f"/gallery/samples/{name}"
