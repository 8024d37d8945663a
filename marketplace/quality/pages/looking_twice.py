"""The page on which a person judges a task drawn by chance, without seeing its label."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request

from kernel.db import UnitOfWork
from kernel.web.pages import form, page
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job
from marketplace.quality import policy, second_looks
from marketplace.quality.pages.showing import classes_of, task_html
from marketplace.review.policy import InJob, task_for_endpoint

blueprint = Blueprint("looking_twice", __name__)


@blueprint.get("/jobs/<uuid:job_id>/second-looks")
@page(policy.SECOND_LOOK, "quality/second_look.html", load=jobs.job_for_endpoint)
def next_one(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Show the next task that waits for this person, or that none does."""
    return _shown(uow, job)


@blueprint.post("/jobs/<uuid:job_id>/second-looks/<uuid:task_id>")
@form(policy.SECOND_LOOK, next_one, load=task_for_endpoint)
def judge(uow: UnitOfWork, found: InJob) -> str:
    """Keep a judgement and go on."""
    values = {
        name.removeprefix("answer."): value
        for name, value in request.form.items()
        if name.startswith("answer.")
    }
    purpose = request.form.get("purpose", "")
    agrees = second_looks.judge(uow, found.job, found.task_id, purpose, values)
    said = "You and the label agree." if agrees else "You and the label differ; managers see both."
    flash(said, "success" if agrees else "warning")
    return f"/jobs/{found.job.id}/second-looks"


def _shown(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    user_id = uow.identity.user_id
    assert user_id is not None, "the permission asks for a member"
    waiting = second_looks.waiting(uow, job, user_id)
    task = jobs.task(uow, job.id, waiting[0].task_id) if waiting else None
    return {
        "job": job,
        "waiting": waiting[0] if waiting else None,
        "count": second_looks.waiting_count(uow, job, user_id),
        "html": task_html(uow, job, task.data) if task else "",
        "options": {
            control: [(value, value) for value in classes]
            for control, classes in classes_of(uow, job).items()
        },
    }
