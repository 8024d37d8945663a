"""Pages on which admins read the ledger: every journal, its lines, and what it was for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.web.pages import form, page
from payouts import policy
from payouts.books import browsing, sources
from payouts.books.browsing import Opened
from payouts.recovery import correcting
from payouts.statements import years

LINES_SHOWN = 50
PAYING = ("approve", "bonus")
blueprint = Blueprint("ledger", __name__, url_prefix="/admin")


def journal_for_endpoint(uow: UnitOfWork, journal_id: UUID) -> Opened:
    """Open the journal an address is about."""
    return browsing.opened(uow, journal_id)


@blueprint.get("/ledger")
@page(policy.SEE_BOOKS, "admin/ledger.html")
def ledger(uow: UnitOfWork) -> dict[str, Any]:
    """List journals, newest first; find them by kind, reference, source or owner."""
    wanted = request.args.get("q", "")
    found = browsing.found(uow, wanted, request.args.get("cursor"), LINES_SHOWN)
    named = sources.describe(uow, [journal.source for journal in found.items])
    return {"wanted": wanted, "found": found, "named": named}


@blueprint.get("/ledger/<uuid:journal_id>")
@page(policy.SEE_BOOKS, "admin/journal.html", load=journal_for_endpoint)
def journal(uow: UnitOfWork, opened: Opened) -> dict[str, Any]:
    """Show one journal: its lines, what it was for, the answer that earned it."""
    is_taken_back = any(one.kind == "take_back" for one in opened.related)
    return {
        "journal": opened,
        "may_take_back": opened.kind in PAYING and not is_taken_back,
        "reason_min": correcting.REASON_MIN,
    }


@blueprint.post("/ledger/<uuid:journal_id>/take-back")
@form(policy.CORRECT, journal, load=journal_for_endpoint)
def take_back(uow: UnitOfWork, opened: Opened) -> str:
    """Take a mistaken payment back; it needs a fresh sign-in and a reason."""
    permissions.check_fresh(uow.identity, uow.now)
    owed = correcting.take_back(uow, opened.source, request.form.get("reason", ""))
    rest = f" The worker owes {owed}, kept from what they earn next." if owed.micros else ""
    flash(f"The payment is taken back.{rest}", "success")
    return f"/admin/ledger/{opened.id}"


@blueprint.get("/years")
@page(policy.SEE_BOOKS, "admin/years.html")
def totals(uow: UnitOfWork) -> dict[str, Any]:
    """Add up what every worker was paid in a year, and say who must be reported to whom."""
    wanted = request.args.get("year", "")
    is_year = wanted.isdecimal() and years.YEAR_MIN <= int(wanted) <= years.YEAR_MAX
    year = int(wanted) if is_year else uow.now.year
    return {"year": year, "totals": years.totals(uow, year)}
