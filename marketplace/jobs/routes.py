"""The requester's half of the REST interface: jobs, their life, money and versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import Response, request
from flask_smorest import Blueprint
from werkzeug.datastructures import FileStorage

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.web.fields import PageIn
from kernel.web.http import endpoint, runtime
from kernel.web.paging import Page
from marketplace.accounts import queries as accounts
from marketplace.jobs import (
    drafting,
    policy,
    pricing,
    publishing,
    queries,
    schemas,
    showing,
    versions,
)
from marketplace.jobs.intake import importing, media
from marketplace.jobs.models import Import, Job, Media, Task
from marketplace.jobs.queries import Founded, InJob
from payouts import queries as money
from payouts.schemas import JobMoneyOut

blueprint = Blueprint("jobs", __name__, url_prefix="/api/v1", description="Posting labeling jobs")
Data = Mapping[str, Any]


@blueprint.get("/jobs")
@endpoint(policy.LIST)
@blueprint.arguments(schemas.JobsIn, location="query")
@blueprint.response(200, schemas.JobsOut)
def list_jobs(uow: UnitOfWork, data: Data) -> Page[Job]:
    """List the jobs of one organisation, or of all you act for, newest first."""
    wanted = set(uow.identity.roles)
    if data["organisation_id"]:
        permissions.authorize(uow.identity, policy.SEE, Founded(data["organisation_id"]))
        wanted = {data["organisation_id"]}
    return queries.jobs(uow, wanted, data["cursor"], data["limit"])


@blueprint.post("/jobs")
@endpoint(policy.BEGIN)
@blueprint.arguments(schemas.JobIn)
@blueprint.response(201, schemas.JobOut)
def create(uow: UnitOfWork, data: Data) -> Data:
    """Create a draft."""
    permissions.authorize(uow.identity, policy.CREATE, Founded(data["organisation_id"]))
    organisation = accounts.organisation(uow, data["organisation_id"])
    return showing.job(uow, drafting.create(uow, organisation.id, data))


@blueprint.get("/jobs/<uuid:job_id>")
@endpoint(policy.SEE, load=queries.job_for_endpoint)
@blueprint.response(200, schemas.JobOut)
def show(uow: UnitOfWork, job: Job) -> Data:
    """Show a job with its settings and current versions."""
    return showing.job(uow, job)


@blueprint.patch("/jobs/<uuid:job_id>")
@endpoint(policy.EDIT, load=queries.job_for_endpoint)
@blueprint.arguments(schemas.JobEditIn)
@blueprint.response(200, schemas.JobOut)
def edit(uow: UnitOfWork, job: Job, data: Data) -> Data:
    """Change a draft, or the title and summary of a live job."""
    return showing.job(uow, drafting.edit(uow, job, data))


@blueprint.get("/jobs/<uuid:job_id>/quote")
@endpoint(policy.SEE, load=queries.job_for_endpoint)
@blueprint.response(200, schemas.QuoteOut)
def quote(uow: UnitOfWork, job: Job) -> pricing.Quote:
    """Say what the job costs, what it has and what is missing."""
    return pricing.quote(uow, job)


@blueprint.get("/jobs/<uuid:job_id>/money")
@endpoint(policy.SEE, load=queries.job_for_endpoint)
@blueprint.response(200, JobMoneyOut)
def show_money(uow: UnitOfWork, job: Job) -> money.JobMoney:
    """Say where the job's money is: funded, reserved, paid, fees and what came back."""
    return money.job_money(uow, job.id, job.currency)


@blueprint.post("/jobs/<uuid:job_id>/fundings")
@endpoint(policy.FUND, load=queries.job_for_endpoint)
@blueprint.arguments(schemas.FundingIn)
@blueprint.response(201, schemas.QuoteOut)
def fund(uow: UnitOfWork, job: Job, data: Data) -> pricing.Quote:
    """Move money from the organisation's balance into the job's budget."""
    return pricing.quote(uow, publishing.fund(uow, job, data["amount"]))


@blueprint.post("/jobs/<uuid:job_id>/publish")
@endpoint(policy.PUBLISH, load=queries.job_for_endpoint)
@blueprint.response(200, schemas.JobOut)
def publish(uow: UnitOfWork, job: Job) -> Data:
    """Open the job to workers."""
    return showing.job(uow, publishing.publish(uow, job))


@blueprint.post("/jobs/<uuid:job_id>/pause")
@endpoint(policy.EDIT, load=queries.job_for_endpoint)
@blueprint.arguments(schemas.PauseIn, required=False)
@blueprint.response(200, schemas.JobOut)
def pause(uow: UnitOfWork, job: Job, data: Data) -> Data:
    """Stop handing out tasks."""
    return showing.job(uow, publishing.pause(uow, job, data["reason"]))


@blueprint.post("/jobs/<uuid:job_id>/resume")
@endpoint(policy.EDIT, load=queries.job_for_endpoint)
@blueprint.response(200, schemas.JobOut)
def resume(uow: UnitOfWork, job: Job) -> Data:
    """Hand out tasks again."""
    return showing.job(uow, publishing.resume(uow, job))


@blueprint.post("/jobs/<uuid:job_id>/close")
@endpoint(policy.EDIT, load=queries.job_for_endpoint)
@blueprint.response(200, schemas.JobOut)
def close(uow: UnitOfWork, job: Job) -> Data:
    """End the job; free money goes back at once, the rest as claims and reviews end."""
    return showing.job(uow, publishing.close(uow, job))


@blueprint.post("/jobs/<uuid:job_id>/cancel")
@endpoint(policy.EDIT, load=queries.job_for_endpoint)
@blueprint.response(200, schemas.JobOut)
def cancel(uow: UnitOfWork, job: Job) -> Data:
    """Call the job off; open claims stay honoured."""
    return showing.job(uow, publishing.cancel(uow, job))


@blueprint.post("/jobs/<uuid:job_id>/guidelines")
@endpoint(policy.EDIT, load=queries.job_for_endpoint)
@blueprint.arguments(schemas.ContentIn)
@blueprint.response(201, schemas.JobOut)
def change_guidelines(uow: UnitOfWork, job: Job, data: Data) -> Data:
    """Give the job new guidelines; workers confirm them before their next task."""
    return showing.job(uow, versions.change_guidelines(uow, job, data["content"]))


@blueprint.post("/jobs/<uuid:job_id>/interface")
@endpoint(policy.EDIT, load=queries.job_for_endpoint)
@blueprint.arguments(schemas.ContentIn)
@blueprint.response(201, schemas.JobOut)
def change_interface(uow: UnitOfWork, job: Job, data: Data) -> Data:
    """Give the job a new interface under which answers mean the same."""
    return showing.job(uow, versions.change_interface(uow, job, data["content"]))


@blueprint.post("/jobs/<uuid:job_id>/price")
@endpoint(policy.EDIT, load=queries.job_for_endpoint)
@blueprint.arguments(schemas.RewardIn)
@blueprint.response(201, schemas.JobOut)
def change_price(uow: UnitOfWork, job: Job, data: Data) -> Data:
    """Change what answers pay from now on; claims keep the price they were made at."""
    return showing.job(uow, pricing.change_price(uow, job, data["reward"]))


@blueprint.post("/jobs/<uuid:job_id>/media")
@endpoint(policy.IMPORT, load=queries.job_for_endpoint)
@blueprint.response(201, schemas.MediaOut(many=True))
def add_media(uow: UnitOfWork, job: Job) -> list[Media]:
    """Upload images (multipart `file`, one or many, or a ZIP of images)."""
    sent = [
        media.Upload(each.filename or "", cast(Any, each.stream))
        for each in request.files.getlist("file")
    ]
    return media.add(uow, job, runtime().storage, sent)


@blueprint.get("/jobs/<uuid:job_id>/media/<name>")
@endpoint(policy.SEE, load=queries.media_in_job)
def show_media(uow: UnitOfWork, found: InJob[Media]) -> Response:
    """Show an uploaded image."""
    return showing.file(found.row)


@blueprint.post("/jobs/<uuid:job_id>/imports")
@endpoint(policy.IMPORT, load=queries.job_for_endpoint)
@blueprint.arguments(schemas.ImportIn, location="query")
@blueprint.response(202, schemas.ImportOut)
def begin_import(uow: UnitOfWork, job: Job, data: Data) -> Data:
    """Upload a file of tasks: multipart `file`, or the plain body with ?filename=."""
    here = runtime()
    sent = _sent_file()
    upload = importing.Upload(
        stream=cast(Any, sent.stream if sent else request.stream),
        filename=(sent.filename if sent else None) or data["filename"],
        size_bytes_max=here.settings.upload_bytes_max,
        gold_is_random=data["gold_is_random"],
    )
    asked = importing.begin(uow, job, here.storage, upload, data["keep_good_rows"])
    return showing.import_report(asked)


@blueprint.get("/imports/<uuid:import_id>")
@endpoint(policy.SEE, load=queries.import_in_job)
@blueprint.response(200, schemas.ImportOut)
def show_import(uow: UnitOfWork, found: InJob[Import]) -> Data:
    """Show how an import goes, or went, row by row."""
    return showing.import_report(found.row)


@blueprint.get("/imports/<uuid:import_id>/problems.csv")
@endpoint(policy.SEE, load=queries.import_in_job)
def show_problem_rows(uow: UnitOfWork, found: InJob[Import]) -> Response:
    """Download the rows with problems, to be corrected and imported again."""
    digest = found.row.report.get("problem_rows")
    rows = b"".join(runtime().storage.chunks(digest)) if digest else b""
    response = Response(rows, mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=problems.csv"
    return response


@blueprint.get("/jobs/<uuid:job_id>/tasks")
@endpoint(policy.SEE, load=queries.job_for_endpoint)
@blueprint.arguments(PageIn, location="query")
@blueprint.response(200, schemas.TasksOut)
def list_tasks(uow: UnitOfWork, job: Job, data: Data) -> Page[Task]:
    """List the tasks of a job in the order of import."""
    return queries.tasks(uow, job.id, data["cursor"], data["limit"])


@blueprint.get("/jobs/<uuid:job_id>/tasks/<uuid:task_id>")
@endpoint(policy.SEE, load=queries.task_in_job)
@blueprint.response(200, schemas.TaskOut)
def show_task(uow: UnitOfWork, found: InJob[Task]) -> Task:
    """Show one task: its data, its state and its places for answers."""
    return found.row


def _sent_file() -> FileStorage | None:
    """Return the file of a form, or None where the body itself is the file."""
    if request.mimetype != "multipart/form-data":
        return None
    if "file" not in request.files:
        raise Refused("file_missing", "Please choose a file to import.")
    return request.files["file"]
