"""Pages on which a worker sets up how they are paid, and sees what is still wanted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.web.http import runtime
from kernel.web.pages import form, page
from payouts import onboarding as accounts
from payouts import policy

HERE = accounts.HERE
TEMPLATE = "money/onboarding.html"
blueprint = Blueprint("onboarding", __name__)


@blueprint.get(HERE)
@page(policy.SET_UP_PAYOUTS, TEMPLATE)
def payouts(uow: UnitOfWork) -> dict[str, Any]:
    """Show whether money can reach a worker; a page that ran out leads back to here."""
    is_again = "again" in request.args
    return {"shown": accounts.show(uow, _me(uow)), "is_again": is_again}


@blueprint.get(f"{HERE}/state")
@page(policy.SET_UP_PAYOUTS, "money/onboarding_state.html")
def payouts_state(uow: UnitOfWork) -> dict[str, Any]:
    """Show the part of that page that changes."""
    return {"shown": accounts.show(uow, _me(uow))}


@blueprint.post(HERE)
@form(policy.SET_UP_PAYOUTS, payouts)
def set_up(uow: UnitOfWork) -> str:
    """Ask for an account or a fresh page; it needs a fresh sign-in."""
    permissions.check_fresh(uow.identity, uow.now)
    accounts.begin(uow, _me(uow), runtime().settings.public_url)
    return HERE


@blueprint.get(f"{HERE}/go")
@page(policy.SET_UP_PAYOUTS, TEMPLATE)
def to_processor(uow: UnitOfWork) -> Response:
    """Lead on to the payment company's page."""
    shown = accounts.show(uow, _me(uow))
    if shown.page_url is None:
        raise Missing("page_missing", "This page has run out. Please ask for a new one.")
    return redirect(shown.page_url, 303)


@blueprint.get(f"{HERE}/back")
@page(policy.SET_UP_PAYOUTS, TEMPLATE)
def back(uow: UnitOfWork) -> Response:
    """Welcome a worker back, and look at what they have told the payment company."""
    accounts.look(uow, _me(uow))
    flash("Thank you. We are looking at what the payment company says.", "success")
    return redirect(HERE, 303)


def _me(uow: UnitOfWork) -> UUID:
    assert uow.identity.worker_id is not None, "the permission lets only workers through"
    return uow.identity.worker_id
