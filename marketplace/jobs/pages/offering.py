"""Pages that say who may work, how sure labels must be and what an hour pays; and publish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, request
from marshmallow import fields, validate

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.errors import DomainError
from kernel.web.fields import In, MoneyIn
from kernel.web.pages import form, page, written
from marketplace.jobs import drafting, policy, pricing, publishing, queries, schemas
from marketplace.jobs.models import Job
from marketplace.jobs.pages import steps
from marketplace.jobs.states import JobState
from payouts import queries as books
from qualification import queries as qualifications
from qualification.eligibility import BuiltIn, Comparison

QUALIFICATIONS_SHOWN = 100
LEASE_TIMES_EXPECTED = 10
WHOLE = (
    "redundancy.answers_min",
    "redundancy.answers_max",
    "approval.delay_seconds",
    "gold.first",
    "gold.every",
    "newcomers_share",
)
blueprint = Blueprint("offering", __name__)


class HourlyIn(In):
    """Receive what an hour of work shall pay and how long a task should take."""

    hourly = MoneyIn(required=True)
    expected_seconds = fields.Integer(
        required=True, validate=validate.Range(min=1, max=schemas.SECONDS_MAX)
    )


class PeopleIn(schemas.JobEditIn):
    """Receive who may work on a draft and how its answers become labels."""

    newcomers_share = fields.Integer(required=True, validate=validate.Range(min=0, max=100))
    needs = fields.String(load_default="")
    countries = fields.String(load_default="", validate=validate.Length(max=200))
    languages = fields.String(load_default="", validate=validate.Length(max=200))


@blueprint.get("/jobs/<uuid:job_id>/people")
@page(policy.EDIT, "jobs/people.html", load=queries.job_for_endpoint)
def inviting(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Ask who may work and how sure labels must be; of a published job, say so."""
    owner = qualifications.owner(uow, job.organisation_id)
    kinds = qualifications.types(uow, owner, None, QUALIFICATIONS_SHOWN).items
    asked = {each.qualification: each.value for each in queries.requirements(uow, job.id)}
    types = [(str(kind.type.id), kind.type.name) for kind in kinds]
    return {
        "job": job,
        "steps": steps.of(uow, job),
        "is_draft": job.state == JobState.DRAFT,
        "qualifications": types,
        "needed": next((key for key, _ in types if key in asked), ""),
        "countries": ", ".join(asked.get(BuiltIn.LOCALE) or ()),
        "languages": ", ".join(asked.get(BuiltIn.LANGUAGES) or ()),
        "gold_needed": pricing.gold_needed(job),
    }


@blueprint.post("/jobs/<uuid:job_id>/people")
@form(policy.EDIT, inviting, load=queries.job_for_endpoint)
def invite(uow: UnitOfWork, job: Job) -> str:
    """Keep who may work, how many answers are bought, and how work is checked."""
    data = PeopleIn().load(_chosen())
    data["newcomers_basis_points"] = data.pop("newcomers_share") * 100
    data["requirements"] = _requirements(
        data.pop("needs"), data.pop("countries").upper(), data.pop("languages").lower()
    )
    return steps.after(drafting.edit(uow, job, data), "people")


@blueprint.get("/jobs/<uuid:job_id>/price")
@page(policy.EDIT, "jobs/price.html", load=queries.job_for_endpoint)
def pricing_page(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Ask what an hour shall pay, say what that costs, and offer to publish."""
    seconds = request.args.get("seconds", "")
    is_timed = seconds.isdigit() and 0 < int(seconds[:6]) <= schemas.SECONDS_MAX
    hourly = pricing.hourly(job, queries.reward_of(uow, job))
    expected = int(seconds) if is_timed else job.expected_seconds
    return {
        "job": job,
        "steps": steps.of(uow, job),
        "is_draft": job.state == JobState.DRAFT,
        "hourly": hourly,
        "expected_seconds": expected,
        "is_timed": is_timed,
        "offer": pricing.offer(job, hourly, expected),
        "quote": pricing.quote(uow, job),
        "problem": _problem(uow, job),
        "balances": books.organisation_balances(uow, job.organisation_id),
    }


@blueprint.get("/jobs/<uuid:job_id>/price/offer")
@page(policy.EDIT, "jobs/offer.html", load=queries.job_for_endpoint)
def offer(_uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Say what another price would pay and cost, while it is being typed."""
    data = HourlyIn().load(_hourly(job, request.args))
    return {"job": job, "offer": pricing.offer(job, data["hourly"], data["expected_seconds"])}


@blueprint.post("/jobs/<uuid:job_id>/price")
@form(policy.EDIT, pricing_page, load=queries.job_for_endpoint)
def price(uow: UnitOfWork, job: Job) -> str:
    """Pay for an hour what was asked; of a published job, from the next task handed out."""
    data = HourlyIn().load(_hourly(job, request.form))
    if job.state != JobState.DRAFT:
        reward = pricing.reward_for(data["hourly"], job.expected_seconds)
        pricing.change_price(uow, job, reward)
        flash("Tasks handed out from now on pay the new price.", "success")
        return f"/jobs/{job.id}"
    seconds = data["expected_seconds"]
    lease = min(max(seconds * LEASE_TIMES_EXPECTED, job.lease_seconds), schemas.SECONDS_MAX)
    reward = pricing.reward_for(data["hourly"], seconds)
    change = {"expected_seconds": seconds, "lease_seconds": lease, "reward": reward}
    drafting.edit(uow, job, change)
    return f"/jobs/{job.id}/price"


@blueprint.post("/jobs/<uuid:job_id>/launch")
@form(policy.PUBLISH, pricing_page, load=queries.job_for_endpoint)
def launch(uow: UnitOfWork, job: Job) -> str:
    """Put money into a draft and open it, both or neither."""
    amount = request.form.get("amount", "").strip()
    if amount:
        permissions.authorize(uow.identity, policy.FUND, job)
        given = {"amount": {"amount": amount, "currency": job.currency}}
        publishing.fund(uow, job, schemas.FundingIn().load(given)["amount"])
    publishing.publish(uow, job)
    flash("The job is open: workers find it now.", "success")
    return f"/jobs/{job.id}"


def _chosen() -> dict[str, Any]:
    """Return the form as its schema reads it: boxes left empty are a no."""
    data = written(whole=WHOLE)
    data.setdefault("gold", {}).setdefault("feedback", False)
    return data


def _requirements(needs: str, countries: str, languages: str) -> list[dict[str, Any]]:
    """Return what workers must have, as jobs keep it."""
    asked: list[dict[str, Any]] = []
    if needs:
        asked.append({"qualification": needs, "comparison": Comparison.EXISTS})
    for kind, text in ((BuiltIn.LOCALE, countries), (BuiltIn.LANGUAGES, languages)):
        values = [each for each in text.replace(",", " ").split() if each]
        if values:
            asked.append({"qualification": kind, "comparison": Comparison.IN, "value": values})
    return asked


def _hourly(job: Job, given: Mapping[str, str]) -> dict[str, Any]:
    amount = {"amount": given.get("hourly", "").strip(), "currency": job.currency}
    seconds = given.get("expected_seconds") or job.expected_seconds
    return {"hourly": amount, "expected_seconds": seconds}


def _problem(uow: UnitOfWork, job: Job) -> str:
    """Return what besides money still keeps a draft from being published, in words."""
    if job.state != JobState.DRAFT:
        return ""
    try:
        publishing.check_ready(uow, job)
    except DomainError as refusal:
        return refusal.sentence
    return ""
