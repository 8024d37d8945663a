"""The API of earnings, statements, spending, receipts and invoices: the twins of their pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from flask_smorest import Blueprint

from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.money import Money
from kernel.web.fields import PageIn
from kernel.web.http import endpoint
from kernel.web.paging import Page
from payouts import bonuses, policy, queries
from payouts.books.models import Bonus
from payouts.models import Deposit
from payouts.queries import Line
from payouts.routes import deposit_for_endpoint, organisation_for_endpoint
from payouts.statements import earned, papers, schemas, spending, years
from payouts.statements.earned import Earned, EarnedState
from payouts.statements.papers import Paper

blueprint = Blueprint(
    "statements", __name__, url_prefix="/api/v1", description="Earnings, receipts and invoices"
)
OF_ORGANISATION = "/organisations/<uuid:organisation_id>"
OF_MONTH = f"{OF_ORGANISATION}/invoices/<int:year>/<int:month>"
Data = dict[str, Any]


@dataclass(frozen=True)
class Month:
    """Name one month of an organisation."""

    organisation: UUID
    year: int
    month: int


def month_for_endpoint(_uow: UnitOfWork, organisation_id: UUID, year: int, month: int) -> Month:
    """Name the month an address is about; raise Missing for what is no month."""
    if not (years.YEAR_MIN <= year <= years.YEAR_MAX and 1 <= month <= 12):
        raise Missing("not_found", "There is no such month.")
    return Month(organisation_id, year, month)


@blueprint.get("/my/earnings")
@endpoint(policy.SEE_EARNINGS)
@blueprint.arguments(schemas.EarningsIn, location="query")
@blueprint.response(200, schemas.EarnedPageOut)
def list_earnings(uow: UnitOfWork, asked: Data) -> Page[Earned]:
    """List what you earned one by one, newest first, each with the day it becomes available."""
    state = EarnedState(asked["state"]) if asked["state"] else None
    return earned.page(uow, _me(uow), state, asked["cursor"], asked["limit"])


@blueprint.get("/my/bonuses")
@endpoint(policy.SEE_EARNINGS)
@blueprint.response(200, schemas.BonusesOut)
def list_bonuses(uow: UnitOfWork) -> Data:
    """List your latest bonuses, each with its reason."""
    found = bonuses.of_worker(uow, _me(uow))
    return {
        "items": [
            {"id": one.id, "amount": _money(one), "reason": one.reason, "at": one.at}
            for one in found
        ]
    }


@blueprint.get("/my/statement")
@endpoint(policy.SEE_EARNINGS)
@blueprint.arguments(PageIn, location="query")
@blueprint.response(200, schemas.StatementOut)
def show_my_statement(uow: UnitOfWork, page: Data) -> Page[Line]:
    """List every movement of your money, newest first."""
    return queries.statement(uow, f"worker:{_me(uow)}", page["cursor"], page["limit"])


@blueprint.get("/my/years")
@endpoint(policy.SEE_EARNINGS)
@blueprint.response(200, schemas.YearsOut)
def list_years(uow: UnitOfWork) -> Data:
    """Name the years in which you earned something, the latest first."""
    return {"items": years.years(uow, _me(uow))}


@blueprint.get("/my/years/<int:year>")
@endpoint(policy.SEE_EARNINGS)
@blueprint.response(200, schemas.YearOut)
def show_year(uow: UnitOfWork, year: int) -> Data:
    """Show your year line by line: what you earned, and what reached your bank."""
    if not years.YEAR_MIN <= year <= years.YEAR_MAX:
        raise Missing("not_found", "There is no such year.")
    return {"items": years.entries(uow, _me(uow), year)}


@blueprint.get(f"{OF_ORGANISATION}/statement")
@endpoint(policy.SEE_BALANCE, organisation_for_endpoint)
@blueprint.arguments(PageIn, location="query")
@blueprint.response(200, schemas.StatementOut)
def show_statement(uow: UnitOfWork, organisation: UUID, page: Data) -> Page[Line]:
    """List every movement of an organisation's money, newest first."""
    return queries.statement(uow, f"organisation:{organisation}", page["cursor"], page["limit"])


@blueprint.get(f"{OF_ORGANISATION}/spending")
@endpoint(policy.SEE_BALANCE, organisation_for_endpoint)
@blueprint.response(200, schemas.SpendingOut)
def show_spending(uow: UnitOfWork, organisation: UUID) -> Data:
    """Add up what each job has cost so far, the dearest first."""
    return {"items": spending.by_job(uow, organisation)}


@blueprint.get(f"{OF_ORGANISATION}/deposits/<uuid:deposit_id>/receipt")
@endpoint(policy.SEE_DEPOSIT, deposit_for_endpoint)
@blueprint.response(200, schemas.PaperOut)
def show_receipt(uow: UnitOfWork, deposit: Deposit) -> Paper:
    """Show the receipt of a paid deposit; `/money/…/receipt.pdf` is the same to print."""
    return papers.receipt(deposit, organisation_name(uow, deposit.organisation))


@blueprint.get(f"{OF_ORGANISATION}/invoices")
@endpoint(policy.SEE_BALANCE, organisation_for_endpoint)
@blueprint.response(200, schemas.MonthsOut)
def list_invoices(uow: UnitOfWork, organisation: UUID) -> Data:
    """Name the months that have an invoice, the latest first."""
    found = spending.months(uow, organisation)
    return {"items": [{"year": year, "month": month} for year, month in found]}


@blueprint.get(OF_MONTH)
@endpoint(policy.SEE_MONTH, month_for_endpoint)
@blueprint.response(200, schemas.PaperOut)
def show_invoice(uow: UnitOfWork, asked: Month) -> Paper:
    """Show the invoice of a month, job by job."""
    name = organisation_name(uow, asked.organisation)
    return papers.invoice(uow, asked.organisation, name, (asked.year, asked.month))


def organisation_name(uow: UnitOfWork, organisation: UUID) -> str:
    """Name an organisation as those who act for it know it."""
    return uow.identity.organisation_names.get(organisation, f"Organisation {organisation}")


def _me(uow: UnitOfWork) -> UUID:
    return cast(UUID, uow.identity.worker_id)


def _money(row: Bonus) -> Money:
    return Money(row.micros, row.currency)
