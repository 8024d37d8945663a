"""Begin a job with a ready interface: a whole draft, to be changed at leisure."""

from __future__ import annotations

from uuid import UUID

from kernel.db import UnitOfWork
from kernel.money import Money
from marketplace.config import policy
from marketplace.jobs import drafting, pricing
from marketplace.jobs.gallery import Form
from marketplace.jobs.models import Job

CURRENCY = "USD"
# Somewhat above the floor, since nobody has timed these tasks with the tasks of this job yet.
MARGIN_PERCENT = 120


def draft(uow: UnitOfWork, organisation_id: UUID, form: Form) -> Job:
    """Create a draft with a form's interface, its guidelines, and a reward for its usual time."""
    data = {
        "title": form.title,
        "summary": form.summary,
        "guidelines": form.guidelines,
        "interface": form.xml,
        "expected_seconds": form.expected_seconds,
        "currency": CURRENCY,
        "reward": reward(form),
    }
    return drafting.create(uow, organisation_id, data)


def reward(form: Form) -> Money:
    """Return a reward a bit above the pay floor for the time a task of the form takes."""
    hourly_micros = policy().pay_floor_micros_per_hour * MARGIN_PERCENT // 100
    return pricing.reward_for(Money(hourly_micros, CURRENCY), form.expected_seconds)
