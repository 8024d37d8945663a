"""Earnings: what workers are paid for assignments, when it matures, and what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update

from kernel.db import UnitOfWork
from kernel.money import Money
from kernel.sql import arrays, prepared
from payouts import accounts, ledger
from payouts.accounts import AccountKey
from payouts.ledger import Draft, Leg
from payouts.models import Earning

MATURED_MAX = 5_000


@dataclass(frozen=True)
class Approval:
    """Say what one assignment pays; `assignment_ref` is its source, "assignment:{job}/{id}"."""

    job: UUID
    currency: str
    assignment_ref: str
    worker: UUID
    reward_micros: int
    fee_micros: int
    available_at: datetime

    @property
    def total(self) -> Money:
        """Return what it costs the organisation: reward and fee."""
        return Money(self.reward_micros + self.fee_micros, self.currency)


def approve_many(uow: UnitOfWork, approvals: Sequence[Approval]) -> int:
    """Pay approved assignments from their jobs' reserves; return how many were not paid before.

    One journal per assignment, all in a few statements. An assignment is paid at most once ever.
    """
    drafts = [
        _draft("approve", approval, [(_reserve_of(approval), approval.total.micros)])
        for approval in approvals
    ]
    return _pay(uow, approvals, drafts)


def pay_won_appeal(
    uow: UnitOfWork, approval: Approval, organisation: UUID, *, reserve_held: bool
) -> int:
    """Pay an assignment whose rejection fell; return 1, or 0 if it was paid before.

    Where its reserve has gone: from the job's budget, then the organisation, then bad debt.
    """
    if reserve_held:
        return approve_many(uow, [approval])
    return _pay(
        uow, [approval], [_draft("approve", approval, _payers(uow, approval, organisation))]
    )


def bonus(uow: UnitOfWork, approval: Approval, organisation: UUID) -> int:
    """Pay a worker extra from the organisation's available money, once per source."""
    payer = accounts.organisation("organisation_available", organisation, approval.currency)
    return _pay(uow, [approval], [_draft("bonus", approval, [(payer, approval.total.micros)])])


def mature(uow: UnitOfWork) -> int:
    """Make due earnings available to their workers, a batch at a time; return how many.

    An earning also waits until the processor has really cleared the deposits behind its job.
    """
    due = uow.session.scalars(_DUE, {"now": uow.now, "most": MATURED_MAX}).all()
    rows = uow.session.scalars(select(Earning).where(Earning.source.in_(due))).all()
    ledger.post_many(uow, [_maturing(row) for row in rows])
    uow.session.execute(
        update(Earning).where(Earning.source.in_(due)).values(matured_at=uow.now),
        execution_options={"synchronize_session": False},
    )
    return len(rows)


_DUE = text(
    "SELECT source FROM earnings e WHERE matured_at IS NULL AND taken_back_at IS NULL"
    " AND available_at <= :now"
    " AND NOT EXISTS (SELECT FROM fundings f JOIN deposits d"
    " ON d.organisation = f.organisation AND d.currency = f.currency"
    " WHERE f.job = e.job AND d.state = 'paid' AND d.paid_at <= f.at)"
    " ORDER BY available_at LIMIT :most FOR UPDATE OF e SKIP LOCKED"
)


def _reserve_of(approval: Approval) -> AccountKey:
    return accounts.job("job_reserved", approval.job, approval.currency)


def _draft(kind: str, approval: Approval, payers: list[Leg]) -> Draft:
    pending = accounts.worker("worker_pending", approval.worker, approval.currency)
    fee = accounts.job("platform_fee", approval.job, approval.currency)
    legs = [*payers, (pending, -approval.reward_micros), (fee, -approval.fee_micros)]
    source = approval.assignment_ref
    return Draft(kind, source, [leg for leg in legs if leg[1]], source)


def _payers(uow: UnitOfWork, approval: Approval, organisation: UUID) -> list[Leg]:
    """Split what is due over those who pay, in their order; who pays nothing has a zero leg."""
    budget = accounts.job("job_budget", approval.job, approval.currency)
    free = accounts.organisation("organisation_available", organisation, approval.currency)
    held = ledger.balances(uow, [budget, free], lock=True)
    due = approval.total.micros
    of_budget = min(due, held[budget].micros)
    of_organisation = min(due - of_budget, held[free].micros)
    debt = accounts.platform("bad_debt", approval.currency)
    rest = due - of_budget - of_organisation
    return [(budget, of_budget), (free, of_organisation), (debt, rest)]


def _pay(uow: UnitOfWork, approvals: Sequence[Approval], drafts: Sequence[Draft]) -> int:
    """Post the drafts and keep an earning for each one that is new."""
    posted = ledger.post_many(uow, drafts)
    clears_at = _clears_at(uow, {approval.job for approval in approvals})
    rows = [
        {
            "source": approval.assignment_ref,
            "job": approval.job,
            "worker": approval.worker,
            "currency": approval.currency,
            "micros": approval.reward_micros,
            "fee_micros": approval.fee_micros,
            "job_micros": _from_job(draft),
            "at": uow.now,
            "available_at": max(
                approval.available_at, clears_at.get(approval.job, approval.available_at)
            ),
        }
        for approval, draft, report in zip(approvals, drafts, posted, strict=True)
        if report.is_new
    ]
    if rows:
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        prepared.run(uow, _KEEP, arrays.literals(columns))
    return len(rows)


_KEEP = prepared.statement(
    "INSERT INTO earnings (source, job, worker, currency, micros, fee_micros, job_micros, at,"
    " available_at) SELECT * FROM unnest(CAST(:source AS text[]), CAST(:job AS uuid[]),"
    " CAST(:worker AS uuid[]), CAST(:currency AS text[]), CAST(:micros AS bigint[]),"
    " CAST(:fee_micros AS bigint[]), CAST(:job_micros AS bigint[]),"
    " CAST(:at AS timestamptz[]), CAST(:available_at AS timestamptz[]))"
)


def _from_job(draft: Draft) -> int:
    kinds = ("job_reserved", "job_budget")
    return sum(micros for account, micros in draft.legs if account.kind in kinds)


def _clears_at(uow: UnitOfWork, jobs: set[UUID]) -> dict[UUID, datetime]:
    rows = uow.session.execute(
        text(
            "SELECT job, max(clears_at) FROM fundings"
            " WHERE job = ANY(CAST(:jobs AS uuid[])) AND micros > 0 GROUP BY job"
        ),
        {"jobs": list(jobs)},
    )
    return dict(rows.all())


def _maturing(row: Earning) -> Draft:
    pending = accounts.worker("worker_pending", row.worker, row.currency)
    available = accounts.worker("worker_available", row.worker, row.currency)
    legs = ledger.move(pending, available, Money(row.micros, row.currency))
    return Draft("mature", row.source, legs, row.source)
