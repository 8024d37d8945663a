"""What only a desk has: the mailbox of letters, and the pretend processor's checkout page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.mail import Letter
from kernel.web.http import runtime
from kernel.web.pages import form, here_or, page
from kernel.web.problems import wants_page
from marketplace.home import policy
from payouts.pretend.processor import Pretend

LETTERS_MAX = 100
blueprint = Blueprint("development_pages", __name__)


@blueprint.get("/development/letters")
@page(policy.READ, "home/letters.html")
def letters(uow: UnitOfWork) -> dict[str, Any]:
    """Show the last letters, to one address if asked."""
    recipient = request.args.get("recipient", "").strip().lower()
    found = select(Letter).order_by(Letter.id.desc()).limit(LETTERS_MAX)
    if recipient:
        found = found.where(Letter.recipient == recipient)
    return {"recipient": recipient, "letters": uow.session.scalars(found).all()}


@blueprint.get("/pretend/checkout/<ref>")
@page(policy.PAY_PRETENDED, "money/pretend_checkout.html")
def checkout(_uow: UnitOfWork, ref: str) -> dict[str, Any]:
    """Show what is to be paid, as an outside company would."""
    return {"ref": ref, "seen": _company().checkout(ref)}


@blueprint.post("/pretend/checkout/<ref>/pay")
@form(policy.PAY_PRETENDED, checkout)
def pay(_uow: UnitOfWork, ref: str) -> str | Response:
    """Pay with a card that works, and send the browser back; a program has no browser."""
    company = _company()
    company.pay(ref)
    return _way_back(company, ref) if wants_page() else Response(status=204)


@blueprint.post("/pretend/checkout/<ref>/abandon")
@form(policy.PAY_PRETENDED, checkout)
def abandon(_uow: UnitOfWork, ref: str) -> str:
    """Go away without paying."""
    company = _company()
    company.abandon(ref)
    return _way_back(company, ref)


def _company() -> Pretend:
    here = runtime()
    return Pretend(here.database, here.settings.public_url)


def _way_back(company: Pretend, ref: str) -> str:
    """Return where the browser began, on this machine whatever name it is reached by."""
    return here_or("/money", company.return_url(ref).removeprefix(runtime().settings.public_url))
