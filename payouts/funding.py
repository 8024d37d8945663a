"""Funding: money an organisation puts into a job, promises to slots, and takes back unspent."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.money import Money
from payouts import accounts, ledger
from payouts.ledger import Draft
from payouts.models import Funding
from payouts.recovery import freezing
from payouts.transit import deposits


def fund(uow: UnitOfWork, job: UUID, organisation: UUID, amount: Money, ref: str) -> None:
    """Move available money of an organisation into a job's budget, once per ref."""
    _check_positive(amount)
    freezing.check(uow, organisation)
    source = accounts.organisation("organisation_available", organisation, amount.currency)
    target = accounts.job("job_budget", job, amount.currency)
    draft = Draft("fund", ref, ledger.move(source, target, amount), f"job:{job}")
    clears_at = deposits.clears_at(uow, organisation, amount.currency)
    if _post(uow, draft, "funds_short", "Your organisation's balance", source):
        _keep(uow, draft, organisation, job, clears_at)


def reserve(uow: UnitOfWork, job: UUID, amount: Money, ref: str, source: str = "") -> None:
    """Promise money of a job's budget to slots, once per ref."""
    _check_positive(amount)
    budget = accounts.job("job_budget", job, amount.currency)
    reserved = accounts.job("job_reserved", job, amount.currency)
    draft = Draft("reserve", ref, ledger.move(budget, reserved, amount), source or f"job:{job}")
    _post(uow, draft, "budget_short", "The job's budget", budget)


def release(uow: UnitOfWork, job: UUID, amount: Money, ref: str) -> None:
    """Give promised money back to the job's budget, once per ref."""
    _check_positive(amount)
    budget = accounts.job("job_budget", job, amount.currency)
    reserved = accounts.job("job_reserved", job, amount.currency)
    legs = ledger.move(reserved, budget, amount)
    ledger.post(uow, Draft("release", ref, legs, f"job:{job}"))


def affordable(uow: UnitOfWork, job: UUID, currency: str) -> Money:
    """Return the part of a job's budget that is promised to nobody."""
    return ledger.balance(uow, accounts.job("job_budget", job, currency))


def close(uow: UnitOfWork, job: UUID, organisation: UUID, currency: str, ref: str) -> Money:
    """Return all unpromised money of a job to its organisation, once per ref; say how much."""
    budget = accounts.job("job_budget", job, currency)
    rest = ledger.balance(uow, budget, lock=True)
    if rest.micros == 0:
        return rest
    target = accounts.organisation("organisation_available", organisation, currency)
    draft = Draft("close", ref, ledger.move(budget, target, rest), f"job:{job}")
    if not ledger.post_many(uow, [draft])[0].is_new:
        return Money(0, currency)
    _keep(uow, draft, organisation, job, uow.now)
    return rest


def _check_positive(amount: Money) -> None:
    if amount.micros <= 0:
        raise Refused("amount_not_positive", "The amount must be above zero.")


def _post(uow: UnitOfWork, draft: Draft, code: str, whose: str, payer: accounts.AccountKey) -> bool:
    """Post a draft; where the payer is short, refuse and say by how much."""
    try:
        return ledger.post_many(uow, [draft])[0].is_new
    except Refused as refusal:
        if refusal.code != "balance_short":
            raise
        held = ledger.balance(uow, payer)
        needed = Money(sum(micros for _, micros in draft.legs if micros > 0), draft.currency)
        short = max(needed - held, Money(0, draft.currency))
        raise Refused(
            code,
            f"{whose} holds {held}, and this needs {needed}: {short} more.",
            held=held.amount,
            needed=needed.amount,
            short=short.amount,
            currency=draft.currency,
        ) from None


def _keep(
    uow: UnitOfWork, draft: Draft, organisation: UUID, job: UUID, clears_at: datetime
) -> None:
    micros = next(-micros for account, micros in draft.legs if account.kind == "job_budget")
    uow.session.execute(
        insert(Funding).values(
            ref=f"{draft.kind}:{draft.ref}",
            job=job,
            organisation=organisation,
            currency=draft.currency,
            micros=micros,
            clears_at=clears_at,
            at=uow.now,
        )
    )
