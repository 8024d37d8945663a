"""Pages that fill a job: upload images, import tasks, and see row by row how it went."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from flask import Blueprint, flash, request
from sqlalchemy import func, select

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.web.http import runtime
from kernel.web.pages import form, page
from marketplace.jobs import interface, policy, queries
from marketplace.jobs.intake import importing, media
from marketplace.jobs.models import Import, Job, Media
from marketplace.jobs.pages import steps
from marketplace.jobs.queries import InJob
from marketplace.jobs.states import ImportState

IMPORTS_SHOWN = 20
PROBLEMS_SHOWN = 200
KINDS_SHOWN = 8
blueprint = Blueprint("filling", __name__)


@blueprint.get("/jobs/<uuid:job_id>/import")
@page(policy.IMPORT, "jobs/import.html", load=queries.job_for_endpoint)
def adding(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Ask for images and for a file of tasks, and say which columns it must have."""
    shape = queries.interface_of(uow, job.id, job.interface_version)
    last = select(Import).where(Import.job_id == job.id).order_by(Import.id.desc())
    images = select(func.count()).select_from(Media).where(Media.job_id == job.id)
    return {
        "job": job,
        "steps": steps.of(uow, job),
        "fields": interface.fields(shape),
        "classes": interface.classes(shape),
        "images_count": uow.session.scalar(images),
        "imports": uow.session.scalars(last.limit(IMPORTS_SHOWN)).all(),
        "file_bytes_max": media.FILE_BYTES_MAX,
        "upload_bytes_max": runtime().settings.upload_bytes_max,
    }


@blueprint.post("/jobs/<uuid:job_id>/import/media")
@form(policy.IMPORT, adding, load=queries.job_for_endpoint)
def add_media(uow: UnitOfWork, job: Job) -> str:
    """Keep uploaded images, or a ZIP of them."""
    sent = [
        media.Upload(each.filename or "", cast(Any, each.stream))
        for each in request.files.getlist("media")
        if each.filename
    ]
    kept = media.add(uow, job, runtime().storage, sent)
    flash(f"{len(kept)} files are here. Name them in your file of tasks.", "success")
    return f"/jobs/{job.id}/import"


@blueprint.post("/jobs/<uuid:job_id>/import/tasks")
@form(policy.IMPORT, adding, load=queries.job_for_endpoint)
def add_tasks(uow: UnitOfWork, job: Job) -> str:
    """Keep an uploaded file of tasks and lead to where its import is followed."""
    given = request.files.get("file")
    if given is None or not given.filename:
        raise Refused("file_missing", "Please choose a file to import.")
    here = runtime()
    upload = importing.Upload(
        cast(Any, given.stream),
        given.filename,
        here.settings.upload_bytes_max,
        gold_is_random=request.form.get("gold_is_random") == "true",
    )
    keeps_good = request.form.get("keep_good_rows") == "true"
    return f"/imports/{importing.begin(uow, job, here.storage, upload, keeps_good).id}"


@blueprint.get("/imports/<uuid:import_id>")
@page(policy.SEE, "jobs/import_report.html", load=queries.import_in_job)
def report(_uow: UnitOfWork, found: InJob[Import]) -> dict[str, Any]:
    """Follow an import, and show its report row by row once it is over."""
    return _shown(found)


@blueprint.post("/imports/<uuid:import_id>/good-rows")
@form(policy.IMPORT, report, load=queries.import_in_job)
def add_good_rows(uow: UnitOfWork, found: InJob[Import]) -> str:
    """Import the good rows of a file that was refused for its wrong ones."""
    asked, here = found.row, runtime()
    with here.storage.open(asked.digest) as stream:
        upload = importing.Upload(stream, asked.filename, here.settings.upload_bytes_max)
        return f"/imports/{importing.begin(uow, found.job, here.storage, upload, True).id}"


@blueprint.get("/imports/<uuid:import_id>/state")
@page(policy.SEE, "jobs/import_state.html", load=queries.import_in_job)
def state(_uow: UnitOfWork, found: InJob[Import]) -> dict[str, Any]:
    """Show the part of that page that changes."""
    return _shown(found)


def _shown(found: InJob[Import]) -> dict[str, Any]:
    report = found.row.report
    problems = report.get("problems", [])
    return {
        "job": found.job,
        "asked": found.row,
        "is_over": found.row.state != ImportState.WAITING,
        "problems": problems[:PROBLEMS_SHOWN],
        "kinds": _kinds(problems),
        "may_keep_good": found.row.state == ImportState.FAILED and report.get("rows_good"),
        "repeats": report.get("repeats", [])[:PROBLEMS_SHOWN],
        "report": report,
    }


def _kinds(problems: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """Count problems by column and kind, the commonest first, each with one of its sentences."""
    counts = Counter((each["field"], each["code"]) for each in problems)
    said = {(each["field"], each["code"]): each["sentence"] for each in problems}
    return [(key[0], said[key], count) for key, count in counts.most_common(KINDS_SHOWN)]
