"""Pages on which a worker sees what they earned and withdraws it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash
from werkzeug.wrappers import Response

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.web.pages import form, page
from payouts import bonuses, policy, queries, routes
from payouts.models import Withdrawal
from payouts.pages import amounts
from payouts.statements import years
from payouts.transit import withdrawals

LINES_SHOWN = 50
blueprint = Blueprint("earnings", __name__)


@blueprint.get("/earnings")
@page(policy.SEE_EARNINGS, "money/earnings.html")
def earnings(uow: UnitOfWork) -> dict[str, Any]:
    """Show a worker's money by state and date, and let them withdraw it."""
    worker = uow.identity.worker_id
    assert worker is not None, "the permission lets only workers through"
    return {
        "balances": queries.worker_balances(uow, worker),
        "withdrawals": queries.withdrawals(uow, worker, None, LINES_SHOWN).items,
        "lines": queries.journals(uow, f"worker:{worker}", limit=LINES_SHOWN),
        "least": withdrawals.UNITS_MIN,
        "bonuses": bonuses.of_worker(uow, worker),
        "owed": queries.owed_by_worker(uow, worker),
        "years": years.years(uow, worker),
    }


@blueprint.get("/earnings/<int:year>.csv")
@page(policy.SEE_EARNINGS, "money/earnings.html")
def statement(uow: UnitOfWork, year: int) -> Response:
    """Hand out a worker's year as a table."""
    if not years.YEAR_MIN <= year <= years.YEAR_MAX:
        raise Missing("not_found", "There is no such year.")
    assert uow.identity.worker_id is not None, "the permission lets only workers through"
    lines = years.entries(uow, uow.identity.worker_id, year)
    answer = Response(years.as_csv(lines), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename=quorum-earnings-{year}.csv"
    return answer


@blueprint.post("/earnings/withdraw")
@form(policy.WITHDRAW, earnings)
def withdraw(uow: UnitOfWork) -> str:
    """Send available money to the worker's bank; it needs a fresh sign-in."""
    permissions.check_fresh(uow.identity, uow.now)
    assert uow.identity.worker_id is not None, "the permission lets only workers through"
    withdrawals.request(uow, uow.identity.worker_id, amounts.amount())
    flash("Your money is on its way to your bank.", "success")
    return "/earnings"


@blueprint.post("/earnings/withdrawals/<uuid:withdrawal_id>/again")
@form(policy.RESEND_WITHDRAWAL, earnings, load=routes.withdrawal_for_endpoint)
def send_again(uow: UnitOfWork, withdrawal: Withdrawal) -> str:
    """Try the bank again with money it sent back."""
    permissions.check_fresh(uow.identity, uow.now)
    withdrawals.send_again(uow, withdrawal.worker, withdrawal.id)
    return "/earnings"
