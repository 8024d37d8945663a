"""The worker's half of the REST interface: browse, claim, answer, give back."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import get_locale
from flask_smorest import Blueprint
from prometheus_client import Counter

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.web.fields import PageIn
from kernel.web.http import endpoint, runtime
from marketplace.accounts import marks
from marketplace.accounts.browser import cookie
from marketplace.assignments import (
    browsing,
    leasing,
    moulds,
    policy,
    queries,
    schemas,
    showing,
    submitting,
)
from marketplace.assignments.handout import claiming, enrolling
from marketplace.jobs import queries as job_queries

blueprint = Blueprint("work", __name__, url_prefix="/api/v1", description="Doing tasks")
chance = random.SystemRandom()
CLAIMS = Counter("quorum_claims_total", "Tasks handed out")
ANSWERS = Counter("quorum_answers_total", "Answers taken, by outcome", ["status"])
Data = Mapping[str, Any]
# Of a class, each request would make an instance of its own.
CLAIM_IN, ANSWERS_IN = schemas.ClaimIn(), schemas.AnswersIn()


def present(uow: UnitOfWork, claim: claiming.Claim) -> dict[str, Any]:
    """Return a claim as a worker's client receives it."""
    version = (claim.job_id, claim.interface_version)
    shape = job_queries.interface_of(uow, *version)
    data = showing.data_for_worker(uow, claim, runtime().settings.secret_key)
    return {
        "id": claim.outward_id,
        "claimed_at": claim.claimed_at,
        "deadline_at": claim.deadline_at,
        "reward": claim.reward,
        "data": data,
        "html": moulds.draw(current_app.jinja_env, (*version, str(get_locale())), shape, data),
        "guidelines_version": claim.guidelines_version,
        "interface_version": claim.interface_version,
    }


def worker_id(uow: UnitOfWork) -> UUID:
    """Return the asker's worker; the permission made sure there is one."""
    assert uow.identity.worker_id is not None
    return uow.identity.worker_id


@blueprint.get("/open-jobs")
@endpoint(policy.BROWSE)
@blueprint.arguments(PageIn, location="query")
@blueprint.response(200, schemas.OpenJobsOut)
def list_open_jobs(uow: UnitOfWork, query: Data) -> Any:
    """List the jobs that hand out tasks, with their real pay and what stands in the way."""
    return browsing.open_jobs(uow, uow.identity, _uuid(query["cursor"]), query["limit"])


@blueprint.get("/open-jobs/<uuid:job_id>")
@endpoint(policy.BROWSE)
@blueprint.response(200, schemas.OpenJobDetailOut)
def show_open_job(uow: UnitOfWork, job_id: UUID) -> Any:
    """Show one job with its guidelines before the first task."""
    found = browsing.open_job(uow, uow.identity, job_id)
    job = job_queries.job(uow, job_id)
    guidelines = job_queries.version(uow, job_id, "guidelines", job.guidelines_version)
    return {
        **vars(found),
        "guidelines": guidelines.content,
        "guidelines_version": guidelines.version,
    }


@blueprint.post("/jobs/<uuid:job_id>/guidelines-seen")
@endpoint(policy.CLAIM)
@blueprint.arguments(schemas.VersionIn)
@blueprint.response(204)
def confirm_guidelines(uow: UnitOfWork, data: Data, job_id: UUID) -> None:
    """Confirm that a version of the guidelines was read."""
    enrolling.confirm_guidelines(uow, worker_id(uow), job_id, data["version"])


@blueprint.post("/jobs/<uuid:job_id>/claims")
@endpoint(policy.CLAIM)
@blueprint.arguments(CLAIM_IN)
@blueprint.response(201, schemas.HandoutOut)
def claim(uow: UnitOfWork, data: Data, job_id: UUID) -> Any:
    """Claim up to `count` tasks of a job."""
    _mark(uow, "claim")
    handout = claiming.claim(uow, job_id, data["count"], chance)
    CLAIMS.inc(len(handout.claims))
    code, sentence = handout.reason or ("", "")
    return {
        "claims": [present(uow, one) for one in handout.claims],
        "reason": {"code": code, "sentence": sentence} if code else None,
    }


@blueprint.get("/jobs/<uuid:job_id>/claims")
@endpoint(policy.SEE_OWN)
@blueprint.response(200, schemas.HandoutOut)
def list_held(uow: UnitOfWork, job_id: UUID) -> Any:
    """List the tasks still held, so that a reload loses nothing."""
    held = queries.held(uow, worker_id(uow), job_id)
    return {"claims": [present(uow, one) for one in held], "reason": None}


@blueprint.post("/answers")
@endpoint(policy.ANSWER)
@blueprint.arguments(ANSWERS_IN)
@blueprint.response(200, schemas.OutcomesOut)
def submit(uow: UnitOfWork, data: Data) -> Any:
    """Hand in answers, each decided on its own; durable when this returns."""
    _mark(uow, "submit")
    given = [submitting.Given(**answer) for answer in data["answers"]]
    outcomes = submitting.submit(uow, worker_id(uow), given)
    for outcome in outcomes:
        ANSWERS.labels(outcome.status).inc()
    return {"outcomes": outcomes}


@blueprint.post("/assignments/<assignment>/return")
@endpoint(policy.CLAIM)
@blueprint.response(204)
def give_back(uow: UnitOfWork, assignment: str) -> None:
    """Return a task untouched."""
    leasing.give_back(uow, worker_id(uow), assignment)


@blueprint.post("/assignments/<assignment>/skip")
@endpoint(policy.CLAIM)
@blueprint.arguments(schemas.SkipIn)
@blueprint.response(204)
def skip(uow: UnitOfWork, data: Data, assignment: str) -> None:
    """Skip a task with a reason."""
    leasing.skip(uow, worker_id(uow), assignment, data["reason"])


@blueprint.post("/assignments/<assignment>/report")
@endpoint(policy.CLAIM)
@blueprint.arguments(schemas.ReportIn)
@blueprint.response(204)
def report(uow: UnitOfWork, data: Data, assignment: str) -> None:
    """Report a task as broken."""
    said = f"{data['reason']}: {data['text']}" if data["text"] else data["reason"]
    leasing.report(uow, worker_id(uow), assignment, said)


@blueprint.post("/assignments/<assignment>/extend")
@endpoint(policy.CLAIM)
@blueprint.response(200, schemas.DeadlineOut)
def extend(uow: UnitOfWork, assignment: str) -> Any:
    """Hold a task for one more lease."""
    return {"deadline_at": leasing.extend(uow, worker_id(uow), assignment)}


@blueprint.get("/my/assignments")
@endpoint(policy.SEE_OWN)
@blueprint.arguments(schemas.MyAssignmentsIn, location="query")
@blueprint.response(200, schemas.MyAssignmentsOut)
def list_mine(uow: UnitOfWork, query: Data) -> Any:
    """List what I have claimed and answered, newest first."""
    return queries.mine(uow, worker_id(uow), query["state"], query["cursor"], query["limit"])


@blueprint.get("/my/jobs")
@endpoint(policy.SEE_OWN)
@blueprint.response(200, schemas.MyJobsOut)
def list_my_jobs(uow: UnitOfWork) -> Any:
    """List the jobs I work or worked on, with my standing and earnings there."""
    return {"items": queries.enrolments(uow, worker_id(uow))}


def _mark(uow: UnitOfWork, act: marks.Act) -> None:
    """Note where the work comes from, so that one person behind many accounts can be found."""
    if uow.identity.user_id is not None:
        marks.mark_often(uow, uow.identity.user_id, act, cookie.visit())


def _uuid(cursor: str | None) -> UUID | None:
    try:
        return UUID(cursor) if cursor else None
    except ValueError:
        raise Refused("cursor_invalid", "This cursor is not one we gave out.") from None
