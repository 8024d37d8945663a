"""Pages that show what came out of a job: labels, one task's answers, the people at work."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, current_app, flash, request

from kernel.db import UnitOfWork
from kernel.web.pages import form, page, sent
from marketplace.jobs import interface, rendering
from marketplace.jobs import policy as job_policy
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job, Task
from marketplace.jobs.queries import InJob
from marketplace.review import gold_repair, policy, queries, reviewing, schemas
from marketplace.review.deciding import removing
from marketplace.review.pages.deciding import REASONS
from marketplace.review.states import LabelState
from payouts import bonuses

PAGE_ROWS = 50
blueprint = Blueprint("watching", __name__)


@blueprint.get("/jobs/<uuid:job_id>/labels")
@page(policy.SEE, "review/labels.html", load=jobs.job_for_endpoint)
def labels(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """List labels with their confidence, doubtful ones if asked."""
    wanted = schemas.LabelsIn().load({k: v for k, v in request.args.items() if v})
    return {
        "job": job,
        "labels": queries.labels(uow, job.id, wanted, wanted["cursor"], PAGE_ROWS),
        "wanted": {name: request.args.get(name, "") for name in ("state", "needs_review")},
        "states": list(LabelState),
        "progress": queries.progress(uow, job),
    }


@blueprint.get("/jobs/<uuid:job_id>/tasks/<uuid:task_id>")
@page(policy.SEE, "review/task.html", load=jobs.task_in_job)
def task(uow: UnitOfWork, found: InJob[Task]) -> dict[str, Any]:
    """Show one task as workers see it, with its answers, its labels and their changes."""
    job, row = found.job, found.row
    shape = jobs.interface_of(uow, job.id, job.interface_version)
    labels = queries.labels_of_task(uow, job.id, row.id)
    said = row.known or {label.control: label.value for label in labels}
    items = interface.written(shape, said, row.data)
    body = rendering.Body(shape, row.data, _address_in(job), said, readonly=True, result=items)
    return {
        "job": job,
        "task": row,
        "html": rendering.render(current_app.jinja_env, body),
        "classes": interface.classes(shape),
        "answers": queries.answers_of_task(uow, job.id, row.id),
        "labels": labels,
        "versions": queries.label_versions(uow, job.id, row.id),
        "may_repair": job_policy.manages(uow.identity, job),
    }


@blueprint.post("/jobs/<uuid:job_id>/tasks/<uuid:task_id>/label")
@form(policy.LABEL, task, load=policy.task_for_endpoint)
def set_label(uow: UnitOfWork, found: policy.InJob) -> str:
    """Accept or correct a label as a reviewer."""
    data = sent(schemas.LabelIn())
    value = _read(uow, found.job, data)
    reviewing.set_label(uow, found.job, found.task_id, data["control"], value)
    flash("The label is set.", "success")
    return f"/jobs/{found.job.id}/tasks/{found.task_id}"


@blueprint.post("/jobs/<uuid:job_id>/tasks/<uuid:task_id>/known")
@form(policy.REPAIR_GOLD, task, load=policy.task_for_endpoint)
def correct_known(uow: UnitOfWork, found: policy.InJob) -> str:
    """Correct the known answer of a check; everything that rested on it is scored again."""
    data = sent(schemas.LabelIn())
    gold_repair.correct(
        uow, found.job, found.task_id, {data["control"]: _read(uow, found.job, data)}
    )
    flash("The check is corrected, and every answer to it is scored again.", "success")
    return f"/jobs/{found.job.id}/tasks/{found.task_id}"


@blueprint.post("/jobs/<uuid:job_id>/tasks/<uuid:task_id>/withdraw-check")
@form(policy.REPAIR_GOLD, task, load=policy.task_for_endpoint)
def withdraw_check(uow: UnitOfWork, found: policy.InJob) -> str:
    """Withdraw a check that should not count for anybody."""
    gold_repair.withdraw(uow, found.job, found.task_id)
    flash("The check counts for nobody any more.", "success")
    return f"/jobs/{found.job.id}/tasks/{found.task_id}"


@blueprint.get("/jobs/<uuid:job_id>/workers")
@page(policy.SEE, "review/workers.html", load=jobs.job_for_endpoint)
def people(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """List who works on a job under pseudonyms, with their checks, answers and pace."""
    may_remove = job_policy.manages(uow.identity, job)
    return {
        "job": job,
        "people": queries.workers(uow, job),
        "may_remove": may_remove,
        "reasons": list(REASONS.items()),
        "bonuses": bonuses.of_job(uow, job.id),
        "reason_min": bonuses.REASON_MIN,
    }


@blueprint.post("/jobs/<uuid:job_id>/workers/remove")
@form(policy.REMOVE, people, load=jobs.job_for_endpoint)
def remove(uow: UnitOfWork, job: Job) -> str:
    """Remove a worker from the job; what becomes of their answers is said by switches."""
    removing.remove(uow, job, removing.Removal(**sent(schemas.RemovalIn())))
    flash("The worker is removed from this job and has been told why.", "success")
    return f"/jobs/{job.id}/workers"


def _read(uow: UnitOfWork, job: Job, data: dict[str, Any]) -> Any:
    """Read what a form sends: the name of a class, or of other kinds their value as JSON."""
    shape = jobs.interface_of(uow, job.id, job.interface_version)
    if data["control"] in interface.classes(shape):
        return data["value"]
    try:
        return json.loads(data["value"])
    except ValueError:
        return data["value"]


def _address_in(job: Job) -> Any:
    """Return what turns an image field into an address that members may open."""

    def address(value: str) -> str:
        return value if "://" in value else f"/api/v1/jobs/{job.id}/media/{value}"

    return address
