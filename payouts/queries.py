"""Named reads of the books: what organisations, jobs and workers hold, and how it came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.money import EXPONENTS, Money
from kernel.web.paging import Page, page
from payouts import accounts, ledger
from payouts.models import (
    Account,
    Deposit,
    Earning,
    Funding,
    Halt,
    Journal,
    Posting,
    Refund,
    Withdrawal,
)

PAGE_MAX = 200
SOURCES_MAX = 1_000


@dataclass(frozen=True)
class OrganisationBalance:
    """Show an organisation's money in one currency; `uncleared` has not cleared yet."""

    currency: str
    available: Money
    refund_in_transit: Money
    uncleared: Money


@dataclass(frozen=True)
class JobMoney:
    """Show where a job's money is; `covered` was paid by others than the job (appeals, bonuses).

    funded + covered = budget + reserved + paid + fees + returned.
    """

    funded: Money
    budget: Money
    reserved: Money
    paid: Money
    fees: Money
    returned: Money
    covered: Money


@dataclass(frozen=True)
class Part:
    """One part of what a worker waits for, and from when it is theirs to withdraw."""

    amount: Money
    available_at: datetime


@dataclass(frozen=True)
class WorkerBalance:
    """Show a worker's money in one currency, state by state."""

    currency: str
    pending: Money
    available: Money
    in_transit: Money
    withdrawn: Money
    parts: Sequence[Part]


@dataclass(frozen=True)
class EarningShown:
    """Show one earning: how much, and whether it is available yet."""

    amount: Money
    available_at: datetime
    is_available: bool


@dataclass(frozen=True)
class Line:
    """One line of an owner's statement; above zero: their account grew."""

    journal_id: UUID
    kind: str
    at: datetime
    source: str
    account: str
    amount: Money


def organisation_balances(uow: UnitOfWork, organisation: UUID) -> list[OrganisationBalance]:
    """List an organisation's balances, one a currency it ever used."""
    held = _held(uow, f"organisation:{organisation}")
    uncleared = dict(
        uow.session.execute(
            select(Deposit.currency, func.sum(Deposit.micros - Deposit.refunded_micros))
            .where(Deposit.organisation == organisation, Deposit.state == "paid")
            .group_by(Deposit.currency)
        ).all()
    )
    return [
        OrganisationBalance(
            currency,
            available=Money(kinds.get("organisation_available", 0), currency),
            refund_in_transit=Money(kinds.get("refund_in_transit", 0), currency),
            uncleared=Money(int(uncleared.get(currency, 0)), currency),
        )
        for currency, kinds in held.items()
    ]


def job_money(uow: UnitOfWork, job: UUID, currency: str) -> JobMoney:
    """Add up one job's money."""
    funded, returned = uow.session.execute(
        select(
            func.coalesce(func.sum(Funding.micros).filter(Funding.micros > 0), 0),
            func.coalesce(-func.sum(Funding.micros).filter(Funding.micros < 0), 0),
        ).where(Funding.job == job, Funding.currency == currency)
    ).one()
    of_earnings = select(
        func.coalesce(func.sum(Earning.micros), 0),
        func.coalesce(func.sum(Earning.fee_micros), 0),
        func.coalesce(func.sum(Earning.micros + Earning.fee_micros - Earning.job_micros), 0),
    ).where(Earning.job == job, Earning.currency == currency, Earning.taken_back_at.is_(None))
    paid, fees, covered = uow.session.execute(of_earnings).one()
    budget = accounts.job("job_budget", job, currency)
    reserved = accounts.job("job_reserved", job, currency)
    held = ledger.balances(uow, [budget, reserved])
    return JobMoney(
        funded=Money(int(funded), currency),
        budget=held[budget],
        reserved=held[reserved],
        paid=Money(int(paid), currency),
        fees=Money(int(fees), currency),
        returned=Money(int(returned), currency),
        covered=Money(int(covered), currency),
    )


def worker_balances(uow: UnitOfWork, worker: UUID) -> list[WorkerBalance]:
    """List a worker's balances, one a currency, with the day each pending part becomes theirs."""
    held = _held(uow, f"worker:{worker}")
    day = func.date_trunc("day", Earning.available_at)
    parts = uow.session.execute(
        select(Earning.currency, func.sum(Earning.micros), func.max(Earning.available_at))
        .where(
            Earning.worker == worker,
            Earning.matured_at.is_(None),
            Earning.taken_back_at.is_(None),
        )
        .group_by(Earning.currency, day)
        .order_by(day)
    ).all()
    withdrawn = dict(
        uow.session.execute(
            select(Withdrawal.currency, func.sum(Withdrawal.micros))
            .where(Withdrawal.worker == worker, Withdrawal.state == "paid")
            .group_by(Withdrawal.currency)
        ).all()
    )
    return [
        WorkerBalance(
            currency,
            pending=Money(kinds.get("worker_pending", 0), currency),
            available=Money(kinds.get("worker_available", 0), currency),
            in_transit=Money(kinds.get("worker_in_transit", 0), currency),
            withdrawn=Money(int(withdrawn.get(currency, 0)), currency),
            parts=[Part(Money(int(sum_), c), at) for c, sum_, at in parts if c == currency],
        )
        for currency, kinds in held.items()
    ]


def owed_by_worker(uow: UnitOfWork, worker: UUID) -> list[Money]:
    """List what a worker owes after a payment by mistake, one amount a currency."""
    held = _held(uow, f"worker:{worker}")
    owed = [Money(kinds.get("worker_receivable", 0), currency) for currency, kinds in held.items()]
    return [amount for amount in owed if amount.micros]


def earning_of(uow: UnitOfWork, sources: Sequence[str]) -> Mapping[str, EarningShown]:
    """Return what each source earned its worker; sources that earned nothing are left out."""
    assert len(sources) <= SOURCES_MAX
    rows = uow.session.scalars(select(Earning).where(Earning.source.in_(sources)))
    return {
        row.source: EarningShown(
            Money(row.micros, row.currency), row.available_at, row.matured_at is not None
        )
        for row in rows
    }


def journals(
    uow: UnitOfWork, owner: str, before: UUID | None = None, limit: int = 50
) -> list[Line]:
    """Return a page of an owner's statement, newest first; go on before the last journal's id."""
    lines = _lines(owner).limit(min(limit, PAGE_MAX))
    return _read(uow, lines if before is None else lines.where(Journal.id < before))


def statement(uow: UnitOfWork, owner: str, cursor: str | None, limit: int) -> Page[Line]:
    """Return the lines of so many journals of an owner, newest first; each journal is whole."""
    own = (
        select(Posting.journal_id)
        .join(Account, Account.id == Posting.account_id)
        .where(Account.owner == owner)
    )
    wanted = select(Journal).where(Journal.id.in_(own))
    found = page(uow.session, wanted, Journal.id, cursor, limit, newest_first=True)
    ids = [journal.id for journal in found.items]
    return Page(_read(uow, _lines(owner).where(Journal.id.in_(ids))), found.next_cursor)


def deposits(
    uow: UnitOfWork, organisation: UUID, cursor: str | None = None, limit: int = 50
) -> Page[Deposit]:
    """Return a page of an organisation's deposits, newest first."""
    query = select(Deposit).where(Deposit.organisation == organisation)
    return page(uow.session, query, Deposit.id, cursor, limit, newest_first=True)


def deposit(uow: UnitOfWork, organisation_id: UUID, deposit_id: UUID) -> Deposit:
    """Return one deposit of an organisation; raise Missing for anybody else's."""
    row = uow.session.get(Deposit, deposit_id)
    if row is None or row.organisation != organisation_id:
        raise Missing("not_found", "This deposit does not exist.")
    return row


def refunds(
    uow: UnitOfWork, organisation: UUID, cursor: str | None = None, limit: int = 50
) -> Page[Refund]:
    """Return a page of an organisation's refunds, newest first."""
    query = select(Refund).where(Refund.organisation == organisation)
    return page(uow.session, query, Refund.id, cursor, limit, newest_first=True)


def withdrawals(
    uow: UnitOfWork, worker: UUID | None, cursor: str | None = None, limit: int = 50
) -> Page[Withdrawal]:
    """Return a page of a worker's withdrawals, or of everybody's, newest first."""
    query = select(Withdrawal)
    if worker is not None:
        query = query.where(Withdrawal.worker == worker)
    return page(uow.session, query, Withdrawal.id, cursor, limit, newest_first=True)


def is_halted(uow: UnitOfWork) -> bool:
    """Tell whether money may not leave just now, since the books did not agree."""
    return bool(uow.session.scalar(select(Halt.id).where(Halt.lifted_at.is_(None)).limit(1)))


def _held(uow: UnitOfWork, owner: str) -> dict[str, dict[str, int]]:
    rows = uow.session.execute(
        select(Account.currency, Account.kind, Account.balance).where(Account.owner == owner)
    )
    held: dict[str, dict[str, int]] = {}
    for currency, kind, micros in rows:
        held.setdefault(currency, {})[kind] = micros
    return {currency: held[currency] for currency in EXPONENTS if currency in held}


def _lines(owner: str) -> Select[Any]:
    columns: tuple[Any, ...] = (
        *(Journal.id, Journal.kind, Journal.at, Journal.source, Account.kind),
        *(Posting.micros * Account.sign, Posting.currency),
    )
    return (
        select(*columns)
        .join(Posting, Posting.journal_id == Journal.id)
        .join(Account, Account.id == Posting.account_id)
        .where(Account.owner == owner)
        .order_by(Journal.id.desc(), Posting.place)
    )


def _read(uow: UnitOfWork, lines: Select[Any]) -> list[Line]:
    rows = uow.session.execute(lines)
    return [
        Line(journal_id, kind, at, source, account, Money(micros, currency))
        for journal_id, kind, at, source, account, micros, currency in rows
    ]
