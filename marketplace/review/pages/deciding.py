"""The page on which answers are approved or rejected by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, request

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.web.pages import form, page
from marketplace.jobs import interface
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job
from marketplace.review import policy, queries, schemas
from marketplace.review.deciding import by_hand
from marketplace.review.models import Label

PAGE_ROWS = 50
REASONS = {
    "wrong": "The answer is wrong",
    "careless": "The task was not looked at",
    "incomplete": "The answer is incomplete",
    "against_guidelines": "The guidelines say otherwise",
    "spam": "The answers were not given by a person in good faith",
}
assert REASONS.keys() == set(by_hand.REASONS), "every reason has its words"
blueprint = Blueprint("deciding", __name__)


@blueprint.get("/jobs/<uuid:job_id>/review")
@page(policy.SEE, "review/queue.html", load=jobs.job_for_endpoint)
def queue(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """List final answers that wait for a decision; looking takes nothing."""
    wanted = schemas.ReviewIn().load({k: v for k, v in request.args.items() if v})
    shape = jobs.interface_of(uow, job.id, job.interface_version)
    answers = queries.answers(uow, job, wanted["state"], wanted["cursor"], PAGE_ROWS)
    return {
        "job": job,
        "answers": answers,
        "labels": queries.labels_of_tasks(uow, job.id, {one["task_id"] for one in answers.items}),
        "agrees": _agrees,
        "may_decide": policy.DECIDE.may(uow.identity, job),
        "state": wanted["state"],
        "states": schemas.REVIEWED_STATES,
        "fields": interface.fields(shape),
        "reasons": list(REASONS.items()),
        "sentence_min": by_hand.SENTENCE_MIN,
    }


@blueprint.post("/jobs/<uuid:job_id>/review")
@form(policy.DECIDE, queue, load=jobs.job_for_endpoint)
def decide(uow: UnitOfWork, job: Job) -> str:
    """Approve or reject the answers chosen, each decided on its own."""
    only = request.form.get("approve_only")
    chosen = [only] if only else request.form.getlist("assignment")
    if not chosen:
        raise Refused("nothing_chosen", "Please choose one answer or more first.")
    act = by_hand.APPROVE if only else request.form.get("act", "")
    words = {} if act == by_hand.APPROVE else {k: request.form.get(k, "") for k in _WORDS}
    wishes = [{"assignment": each, "act": act, **words} for each in chosen]
    data = schemas.DecisionsIn().load({"decisions": wishes})
    outcomes = by_hand.decide(uow, job, [by_hand.Wish(**wish) for wish in data["decisions"]])
    for state in (by_hand.APPROVE, by_hand.REJECT):
        count = sum(each.status.startswith(state) for each in outcomes)
        if count:
            flash(_DONE[state].format(count=count), "success")
    for sentence in dict.fromkeys(each.detail for each in outcomes if each.status == "refused"):
        flash(sentence or "", "warning")
    return f"/jobs/{job.id}/review"


def _agrees(labels: Mapping[str, Label], given: Mapping[str, Any]) -> bool:
    """Tell whether an answer says what the labels of its task say, so far as there are any."""
    said = {name: each.value for name, each in labels.items() if each.value is not None}
    return bool(said) and all(given.get(name) == value for name, value in said.items())


_WORDS = ("reason", "sentence")
_DONE = {by_hand.APPROVE: "{count} approved.", by_hand.REJECT: "{count} rejected."}
