"""Bonuses: money on top that an organisation gives a worker, always with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.money import MICROS_PER_UNIT, REWARD_STEP_MICROS, Money, fee_micros
from kernel.types import new_id
from payouts import earnings
from payouts.books.models import Bonus
from payouts.earnings import Approval
from payouts.events import BonusGiven
from payouts.recovery import freezing

UNITS_MAX = {"USD": 500, "EUR": 500, "GBP": 500, "JPY": 50_000}
REASON_MIN, REASON_MAX = 10, 500
SHOWN_MAX = 200


@dataclass(frozen=True)
class Gift:
    """Say who gives what to whom, for which answer and why."""

    organisation: UUID
    job: UUID
    worker: UUID
    about: str
    amount: Money
    fee_basis_points: int
    reason: str


def give(uow: UnitOfWork, gift: Gift) -> Bonus:
    """Pay a worker extra from the organisation's free money; it matures like any earning."""
    most = Money(UNITS_MAX[gift.amount.currency] * MICROS_PER_UNIT, gift.amount.currency)
    if not 0 < gift.amount.micros <= most.micros or gift.amount.micros % REWARD_STEP_MICROS:
        raise Refused("bonus_out_of_range", f"A bonus is between 0.0001 and {most}.")
    if not REASON_MIN <= len(gift.reason.strip()) <= REASON_MAX:
        raise Refused(
            "reason_missing",
            f"Please tell the worker what the bonus is for, in {REASON_MIN} characters or more.",
        )
    freezing.check(uow, gift.organisation)
    row = _row(uow, gift)
    uow.session.add(row)
    due = Approval(
        job=gift.job,
        currency=row.currency,
        assignment_ref=f"bonus:{row.id}",
        worker=gift.worker,
        reward_micros=row.micros,
        fee_micros=row.fee_micros,
        available_at=uow.now,
    )
    try:
        earnings.bonus(uow, due, gift.organisation)
    except Refused as refusal:
        if refusal.code != "balance_short":
            raise
        raise Refused(
            "funds_short",
            f"This bonus costs {due.total} with the fee; your organisation's balance holds less.",
        ) from None
    uow.audit("bonus.given", f"job:{gift.job}", None, {"bonus": str(row.id)})
    uow.tell(BonusGiven(gift.worker, row.id))
    return row


def of_job(uow: UnitOfWork, job: UUID) -> Sequence[Bonus]:
    """List a job's bonuses, newest first."""
    own = select(Bonus).where(Bonus.job == job).order_by(Bonus.id.desc()).limit(SHOWN_MAX)
    return uow.session.scalars(own).all()


def of_worker(uow: UnitOfWork, worker: UUID) -> Sequence[Bonus]:
    """List a worker's bonuses, newest first."""
    own = select(Bonus).where(Bonus.worker == worker).order_by(Bonus.id.desc()).limit(SHOWN_MAX)
    return uow.session.scalars(own).all()


def _row(uow: UnitOfWork, gift: Gift) -> Bonus:
    return Bonus(
        id=new_id(),
        organisation=gift.organisation,
        job=gift.job,
        worker=gift.worker,
        about=gift.about,
        currency=gift.amount.currency,
        micros=gift.amount.micros,
        fee_micros=fee_micros(gift.amount.micros, gift.fee_basis_points),
        reason=gift.reason.strip(),
        given_by=uow.identity.actor,
        at=uow.now,
    )
