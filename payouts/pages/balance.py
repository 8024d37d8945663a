"""Pages on which an organisation sees its money, pays in, and takes back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.money import EXPONENTS, Money
from kernel.web.http import runtime
from kernel.web.pages import form, page
from payouts import policy, queries, routes
from payouts.books import sources
from payouts.models import Deposit
from payouts.pages import amounts
from payouts.recovery import freezing
from payouts.statements import spending
from payouts.transit import deposits, refunds

LINES_SHOWN = 50
CHOOSE_BALANCE = permissions.permission("money:choose", may=permissions.signed_in)
blueprint = Blueprint("balance", __name__)


@blueprint.get("/money")
@page(CHOOSE_BALANCE, "money/balance.html")
def balance(uow: UnitOfWork) -> dict[str, Any]:
    """Show what an organisation holds, and let its owners and managers pay in and take back."""
    organisation = _wanted(uow)
    if organisation is None:
        return {"organisation": None}
    permissions.authorize(uow.identity, policy.SEE_BALANCE, organisation)
    spent = spending.by_job(uow, organisation)
    return {
        "organisation": organisation,
        "name": uow.identity.organisation_names.get(organisation, ""),
        "balances": queries.organisation_balances(uow, organisation),
        "deposits": queries.deposits(uow, organisation, None, LINES_SHOWN).items,
        "refunds": queries.refunds(uow, organisation, None, LINES_SHOWN).items,
        "lines": queries.journals(uow, f"organisation:{organisation}", limit=LINES_SHOWN),
        "currencies": list(EXPONENTS),
        "is_frozen": freezing.open_freeze(uow, organisation) is not None,
        "months": spending.months(uow, organisation),
        "spent": spent,
        "named": sources.describe(uow, [f"job:{one.job}" for one in spent]),
    }


@blueprint.post("/money/<uuid:organisation_id>/deposits")
@form(policy.DEPOSIT, balance, load=routes.organisation_for_endpoint)
def deposit(uow: UnitOfWork, organisation: UUID) -> str:
    """Start a deposit and lead to where it is followed."""
    amount = amounts.amount()
    started = deposits.start(uow, organisation, amount, "")
    here = f"/money/{organisation}/deposits/{started.id}"
    started.return_url = f"{runtime().settings.public_url}{here}"
    return here


@blueprint.get("/money/<uuid:organisation_id>/deposits/<uuid:deposit_id>")
@page(policy.SEE_DEPOSIT, "money/deposit.html", load=routes.deposit_for_endpoint)
def show_deposit(_uow: UnitOfWork, shown: Deposit) -> dict[str, Any]:
    """Follow one deposit: to its payment page, and back until the money is here."""
    return {"deposit": shown, "amount": Money(shown.micros, shown.currency)}


@blueprint.get("/money/<uuid:organisation_id>/deposits/<uuid:deposit_id>/state")
@page(policy.SEE_DEPOSIT, "money/deposit_state.html", load=routes.deposit_for_endpoint)
def deposit_state(_uow: UnitOfWork, shown: Deposit) -> dict[str, Any]:
    """Show the part of that page that changes."""
    return {"deposit": shown, "amount": Money(shown.micros, shown.currency)}


@blueprint.get("/money/<uuid:organisation_id>/deposits/<uuid:deposit_id>/checkout")
@page(policy.SEE_DEPOSIT, "money/deposit.html", load=routes.deposit_for_endpoint)
def to_checkout(_uow: UnitOfWork, shown: Deposit) -> Response:
    """Lead on to the payment company's page."""
    if not shown.checkout_url:
        raise Missing("checkout_missing", "There is no page to pay on yet.")
    return redirect(shown.checkout_url, 303)


@blueprint.post("/money/<uuid:organisation_id>/refunds")
@form(policy.REFUND, balance, load=routes.organisation_for_endpoint)
def refund(uow: UnitOfWork, organisation: UUID) -> str:
    """Send unspent money back to the cards it came from."""
    refunds.request(uow, organisation, amounts.amount())
    flash("The money is on its way back to your cards.", "success")
    return f"/money?organisation={organisation}"


def _wanted(uow: UnitOfWork) -> UUID | None:
    """Return the organisation the address names, or the first the asker acts for."""
    named = (request.view_args or {}).get("organisation_id")
    try:
        return named or UUID(request.args["organisation"])
    except KeyError:
        return next((key for key, _ in uow.identity.organisations), None)
    except ValueError:
        raise Missing("not_found", "There is nothing at this address.") from None
