"""Pages on which a job gets its interface and its guidelines, with every version kept."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, request

from kernel.db import UnitOfWork
from kernel.errors import DomainError
from kernel.web.pages import form, page, sent
from marketplace.jobs import differing, interface, policy, queries, rendering, schemas, showing
from marketplace.jobs import versions as versioning
from marketplace.jobs.models import Job
from marketplace.jobs.pages import sampling, steps, writing
from marketplace.jobs.states import JobState

blueprint = Blueprint("shaping", __name__)


@blueprint.get("/jobs/<uuid:job_id>/interface")
@page(policy.EDIT, "jobs/interface.html", load=queries.job_for_endpoint)
def shaping(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Ask what a task shows and asks, in a form or as XML, beside a picture of it."""
    xml = showing.text(uow, job, queries.INTERFACE)
    written = writing.read(xml)
    wants_xml = request.values.get("mode", "" if written else writing.XML) == writing.XML
    return {
        "job": job,
        "steps": steps.of(uow, job),
        "xml": xml,
        "plain": written or writing.Form(),
        "mode": writing.XML if wants_xml else "form",
        "has_tasks": job.tasks_count > 0,
    }


@blueprint.post("/jobs/<uuid:job_id>/interface")
@form(policy.EDIT, shaping, load=queries.job_for_endpoint)
def shape(uow: UnitOfWork, job: Job) -> str:
    """Give the job the interface written; once published, only one that asks the same."""
    content = _written()
    if content != showing.text(uow, job, queries.INTERFACE) or job.interface_version == 1:
        versioning.change_interface(uow, job, content)
    return steps.after(job, "interface")


@blueprint.post("/jobs/<uuid:job_id>/interface/preview")
@page(policy.EDIT, "jobs/interface_preview.html", load=queries.job_for_endpoint)
def preview(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Draw what is written as a worker would see it, or say what is wrong with it."""
    try:
        parsed = interface.parse(_written())
    except DomainError as refusal:
        return {"html": None, "refusal": refusal.sentence, "missing": ()}
    shown = sampling.data(uow, job, parsed, 0)
    body = rendering.Body(parsed, shown.data, sampling.address_in(job))
    html = None if shown.missing else rendering.render(current_app.jinja_env, body)
    return {"html": html, "refusal": "", "missing": shown.missing}


@blueprint.get("/jobs/<uuid:job_id>/guidelines")
@page(policy.EDIT, "jobs/guidelines.html", load=queries.job_for_endpoint)
def guiding(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Ask for the guidelines, and list their versions with what each changed."""
    every = queries.versions(uow, job.id, queries.GUIDELINES)
    compared = _compared(every)
    return {
        "job": job,
        "steps": steps.of(uow, job),
        "content": every[0].content,
        "versions": every,
        "compared": compared,
        "differences": differing.lines(compared[0].content, compared[1].content)
        if compared
        else (),
    }


@blueprint.post("/jobs/<uuid:job_id>/guidelines")
@form(policy.EDIT, guiding, load=queries.job_for_endpoint)
def guide(uow: UnitOfWork, job: Job) -> str:
    """Give the job new guidelines; workers see what changed and confirm it first."""
    content = sent(schemas.ContentIn())["content"]
    if content != showing.text(uow, job, queries.GUIDELINES).strip():
        versioning.change_guidelines(uow, job, content)
        if job.state != JobState.DRAFT:
            flash("Workers read what is new before their next task.", "success")
    return steps.after(job, "guidelines")


@blueprint.post("/jobs/<uuid:job_id>/guidelines/preview")
@page(policy.EDIT, "jobs/guidelines_preview.html", load=queries.job_for_endpoint)
def read(_uow: UnitOfWork, _job: Job) -> dict[str, Any]:
    """Show Markdown as workers will read it."""
    return {"content": request.form.get("content", "")[: schemas.CONTENT_MAX]}


def _compared(every: Any) -> Any:
    """Return the version asked for after the one before it; the last change where none is named."""
    number = request.args.get("version", "")
    wanted = int(number) if number.isdigit() and len(number) < 6 else every[0].version
    by_number = {each.version: each for each in every}
    if wanted not in by_number or wanted - 1 not in by_number:
        return None
    return by_number[wanted - 1], by_number[wanted]


def _written() -> str:
    """Return the XML of the form sent, written out from its few words or as it is."""
    given = request.form
    if given.get("mode") == writing.XML:
        return given.get("content", "")[: schemas.CONTENT_MAX].strip()
    return writing.interface(
        writing.Form(
            shows=given.get("shows", ""),
            asks=given.get("asks", ""),
            question=given.get("question", "")[: schemas.TITLE_MAX],
            classes=writing.lines(given.get("classes", "")),
        )
    )
