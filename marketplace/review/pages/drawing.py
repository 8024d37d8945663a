"""Pages that draw over a task: an answer as it was given, a label or a check as it should be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, flash, request

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.types import encode_pair
from kernel.web.http import runtime
from kernel.web.pages import form, page
from marketplace.assignments import showing
from marketplace.assignments.models import Answer
from marketplace.jobs import interface, rendering
from marketplace.jobs import policy as job_policy
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job, Task
from marketplace.jobs.pages import sampling
from marketplace.review import gold_repair, policy, queries, reviewing

blueprint = Blueprint("drawing", __name__)


@blueprint.get("/answers/<outward_id>")
@page(policy.SEE_ANSWER, "review/answer.html", load=policy.answer_for_endpoint)
def answer(uow: UnitOfWork, found: policy.OwnedAnswer) -> dict[str, Any]:
    """Show an answer as it was given, to members beside what was concluded or known.

    Who answered a check sees the known answer too where the job tells it at once anyway.
    """
    given, job = found.assignment, found.job
    row = jobs.task(uow, job.id, given.task_id)
    shape = jobs.interface_of(uow, job.id, given.interface_version)
    outward_id = encode_pair(job.id, given.id)
    data = showing.data_shown(uow, shape, outward_id, row.data, runtime().settings.secret_key)
    last = uow.get(Answer, (job.id, given.id, given.revision), "There is no such answer.")
    is_member = job_policy.sees(uow.identity, job)
    is_told = job.gold_feedback and given.gold_version is not None
    said = _concluded(uow, job, row) if is_member or is_told else {}
    return {
        "job": job,
        "task": row,
        "answer": given,
        "is_member": is_member,
        "html": _drawn(shape, data, given.given or {}, last.result),
        "label": _drawn(shape, data, said, interface.written(shape, said, data)) if said else None,
    }


@blueprint.get("/jobs/<uuid:job_id>/tasks/<uuid:task_id>/correct")
@page(policy.LABEL, "review/correct.html", load=policy.task_for_endpoint)
def correcting(uow: UnitOfWork, found: policy.InJob) -> dict[str, Any]:
    """Show a task with its label or its known answer on it, to be changed."""
    row = jobs.task(uow, found.job.id, found.task_id)
    shape = jobs.interface_of(uow, found.job.id, found.job.interface_version)
    said = _concluded(uow, found.job, row)
    body = rendering.Body(shape, row.data, sampling.address_in(found.job), said)
    return {
        "job": found.job,
        "task": row,
        "html": rendering.render(current_app.jinja_env, body),
        "result": interface.written(shape, said, row.data),
    }


@blueprint.post("/jobs/<uuid:job_id>/tasks/<uuid:task_id>/correct")
@form(policy.LABEL, correcting, load=policy.task_for_endpoint)
def correct(uow: UnitOfWork, found: policy.InJob) -> str:
    """Set what was changed: labels by a reviewer, the known answer of a check by a manager."""
    job, row = found.job, jobs.task(uow, found.job.id, found.task_id)
    shape = jobs.interface_of(uow, job.id, job.interface_version)
    said = interface.check_result(shape, _sent(shape), row.data)
    asked = {name: said[name] for name in interface.questions(shape) if name in said}
    before = _concluded(uow, job, row)
    changed = {name: value for name, value in asked.items() if value != before.get(name)}
    if not changed:
        raise Refused("nothing_changed", "Nothing is changed yet. Draw or choose what is right.")
    if row.known:
        permissions.authorize(uow.identity, policy.REPAIR_GOLD, found)
        gold_repair.correct(uow, job, row.id, {**row.known, **changed})
        flash("The check is corrected, and every answer to it is scored again.", "success")
    else:
        for control, value in changed.items():
            reviewing.set_label(uow, job, row.id, control, value)
        flash("The label is set.", "success")
    return f"/jobs/{job.id}/tasks/{row.id}"


def _concluded(uow: UnitOfWork, job: Job, row: Task) -> dict[str, Any]:
    """Return what is known of a task, or else its labels, by control."""
    labels = queries.labels_of_task(uow, job.id, row.id)
    return dict(row.known or {label.control: label.value for label in labels})


def _sent(shape: interface.Interface) -> Any:
    """Return the result items a page's script sent, else those of the plain form."""
    try:
        return json.loads(request.form.get("result") or "null") or interface.result_items(
            shape, request.form
        )
    except ValueError as error:
        raise Refused("answer_malformed", "An answer is a list of result items.") from error


def _drawn(
    shape: interface.Interface, data: Mapping[str, Any], said: Mapping[str, Any], result: Any
) -> Any:
    body = rendering.Body(shape, data, str, said, readonly=True, result=result)
    return rendering.render(current_app.jinja_env, body)
