"""The page on which a worker does one task after the other; it works without scripts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from kernel.db import UnitOfWork
from kernel.errors import Conflict, DomainError, Refused
from kernel.types import decode_pair
from kernel.web.http import runtime
from kernel.web.pages import form, page
from marketplace.assignments import leasing, policy, queries, routes, submitting
from marketplace.assignments.handout import claiming
from marketplace.assignments.models import Assignment
from marketplace.jobs import interface
from marketplace.jobs import queries as jobs

# Without scripts nobody can be asked in between, so the reason stays general.
UNSAID = "other"
blueprint = Blueprint("doing", __name__)


@blueprint.get("/work/<uuid:job_id>/tasks")
@page(policy.CLAIM, "work/tasks.html")
def tasks(uow: UnitOfWork, job_id: UUID) -> dict[str, Any] | Response:
    """Show the task a worker holds, or hand out one; say why where there is none."""
    row = jobs.job(uow, job_id)
    try:
        claim, problem = _claim(uow, job_id)
    except Conflict as refusal:
        if refusal.code != "guidelines_changed":
            raise
        return redirect(f"/work/{job_id}", 303)
    guidelines = claim.guidelines_version if claim else row.guidelines_version
    return {
        "job": row,
        "guidelines": jobs.version(uow, job_id, jobs.GUIDELINES, max(guidelines, 1)),
        "claim": routes.present(uow, claim) if claim else None,
        "problem": problem,
        "setup": {
            "job": str(job_id),
            "action": f"/work/{job_id}/tasks",
            "batch": min(5, row.claims_max),
            "undo_seconds": 0 if row.gold_feedback else row.undo_seconds,
            "owner": str(uow.identity.worker_id),
            "now": runtime().clock.now(),
            "leave": "/work",
        },
    }


@blueprint.post("/work/<uuid:job_id>/tasks")
@form(policy.ANSWER, tasks)
def act(uow: UnitOfWork, job_id: UUID) -> str:
    """Answer the task shown, or give it back: the form as it works without scripts."""
    outward_id = request.form.get("assignment", "")
    worker_id = routes.worker_id(uow)
    wish = request.form.get("act", "answer")
    if wish == "skip":
        leasing.skip(uow, worker_id, outward_id, UNSAID)
    elif wish == "report":
        leasing.report(uow, worker_id, outward_id, UNSAID)
        flash("Thank you, the task is reported.", "success")
    elif wish == "return":
        leasing.give_back(uow, worker_id, outward_id)
        return "/work"
    else:
        _answer(uow, worker_id, outward_id)
    return f"/work/{job_id}/tasks"


def _claim(uow: UnitOfWork, job_id: UUID) -> tuple[claiming.Claim | None, dict[str, str] | None]:
    """Return the first task held, or a new one, or the sentence that says why there is none."""
    held = queries.held(uow, routes.worker_id(uow), job_id)
    if held:
        return held[0], None
    try:
        with uow.session.begin_nested():
            handout = claiming.claim(uow, job_id, 1, routes.chance)
    except DomainError as refusal:
        if refusal.status == 404 or refusal.code == "guidelines_changed":
            raise
        return None, {"title": "No task right now", "detail": refusal.sentence}
    if handout.claims:
        return handout.claims[0], None
    _, sentence = handout.reason or ("", "")
    return None, {"title": "No task right now", "detail": sentence}


def _answer(uow: UnitOfWork, worker_id: UUID, outward_id: str) -> None:
    """Hand in what the form says; the time it took is bounded by what a task should take."""
    key = decode_pair(outward_id)
    held = uow.get(Assignment, key, "You hold no such task.")
    shape = jobs.interface_of(uow, held.job_id, held.interface_version)
    given = submitting.Given(
        assignment=outward_id,
        result=interface.result_items(shape, request.form),
        active_seconds=jobs.job(uow, held.job_id).expected_seconds,
    )
    [outcome] = submitting.submit(uow, worker_id, [given])
    if outcome.status == "refused":
        raise Refused(outcome.code or "refused", outcome.detail or "")
    if outcome.gold and outcome.gold["right"]:
        flash("That was a check, and you had it right.", "success")
    elif outcome.gold:
        known = ", ".join(map(interface.words, outcome.gold["known"].values()))
        flash(f"That was a check. Its known answer: {known}. {outcome.gold['explanation']}", "info")
