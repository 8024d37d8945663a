"""The form by which managers give a worker of their job a bonus, with a reason."""

from __future__ import annotations

from flask import Blueprint, flash
from marshmallow import fields

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.money import Money
from kernel.web.fields import In, MoneyIn, Text
from kernel.web.pages import form, sent
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job
from marketplace.review import policy, queries
from marketplace.review.pages import watching
from payouts import bonuses
from payouts.bonuses import Gift

blueprint = Blueprint("giving", __name__)


class BonusIn(In):
    """Receive a bonus for one worker of a job."""

    worker_id = fields.UUID(required=True)
    amount = MoneyIn(required=True)
    reason = Text(most=bonuses.REASON_MAX, required=True)


@blueprint.post("/jobs/<uuid:job_id>/workers/bonus")
@form(policy.GIVE_BONUS, watching.people, load=jobs.job_for_endpoint)
def give(uow: UnitOfWork, job: Job) -> str:
    """Give a worker extra money from the organisation's balance."""
    given = sent(BonusIn())
    amount: Money = given["amount"]
    if amount.currency != job.currency:
        raise Refused("currency_differs", f"This job pays in {job.currency}.")
    if given["worker_id"] not in {row.worker_id for row in queries.workers(uow, job)}:
        raise Refused("worker_elsewhere", "This person has not worked on this job.")
    bonuses.give(
        uow,
        Gift(
            organisation=job.organisation_id,
            job=job.id,
            worker=given["worker_id"],
            about="",
            amount=amount,
            fee_basis_points=job.fee_basis_points,
            reason=given["reason"],
        ),
    )
    flash("The bonus is given; the worker reads what it is for.", "success")
    return f"/jobs/{job.id}/workers"
