"""The API by which admins read the books: the board, the ledger, and what does not agree."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.money import Money
from kernel.web.http import endpoint
from kernel.web.paging import Page
from payouts import policy, queries
from payouts.books import browsing, reconciling, resolving, schemas
from payouts.books.browsing import Opened
from payouts.models import Journal, Withdrawal
from payouts.recovery import chargebacks, freezing
from payouts.statements import years
from payouts.statements.years import Year
from payouts.transit import releases
from payouts.webhooks import listing
from payouts.webhooks.models import Chargeback

blueprint = Blueprint("books", __name__, url_prefix="/api/v1/admin", description="The books")
Data = dict[str, Any]


def entry_for_endpoint(uow: UnitOfWork, entry_id: UUID) -> Opened:
    """Open the entry of the ledger an address is about."""
    return browsing.opened(uow, entry_id)


@blueprint.get("/payouts/board")
@endpoint(policy.SEE_BOOKS)
@blueprint.response(200, schemas.BoardOut)
def show_board(uow: UnitOfWork) -> Data:
    """Count withdrawals by state, and list those that wait for people, oldest first."""
    return {
        "is_halted": queries.is_halted(uow),
        "counts": [
            {"state": state, "count": count, "amount": amount}
            for state, _, count, amount in releases.counts(uow)
        ],
        "waiting": [_waiting(*each) for each in releases.waiting(uow)],
    }


@blueprint.get("/ledger")
@endpoint(policy.SEE_BOOKS)
@blueprint.arguments(schemas.LedgerIn, location="query")
@blueprint.response(200, schemas.LedgerOut)
def list_ledger(uow: UnitOfWork, asked: Data) -> Page[Journal]:
    """List entries, newest first: all, of a kind, for a source, or of an owner."""
    return browsing.found(uow, asked["q"], asked["cursor"], asked["limit"])


@blueprint.get("/ledger/<uuid:entry_id>")
@endpoint(policy.SEE_BOOKS, entry_for_endpoint)
@blueprint.response(200, schemas.LedgerEntryWholeOut)
def show_entry(_uow: UnitOfWork, opened: Opened) -> Opened:
    """Show one entry: its lines, what it was for, and the others for the same thing."""
    return opened


@blueprint.get("/reconciliation")
@endpoint(policy.SEE_BOOKS)
@blueprint.response(200, schemas.ReconciliationOut)
def show_reconciliation(uow: UnitOfWork) -> Data:
    """Show the last comparison with the processor, and the lines that wait for two people."""
    waiting = [_odd(each) for each in resolving.queue(uow)]
    return {"latest": reconciling.latest(uow), "waiting": waiting}


@blueprint.get("/frozen")
@endpoint(policy.SEE_BOOKS)
@blueprint.response(200, schemas.FrozenOut)
def show_frozen(uow: UnitOfWork) -> Data:
    """List frozen organisations with what banks took back and who bore it."""
    found = [_chargeback(row) for row in chargebacks.latest(uow)]
    return {"frozen": freezing.frozen(uow), "chargebacks": found}


@blueprint.get("/events")
@endpoint(policy.SEE_EVENTS)
@blueprint.arguments(schemas.EventsIn, location="query")
@blueprint.response(200, schemas.EventsOut)
def list_events(uow: UnitOfWork, asked: Data) -> Data:
    """List what the processor told, newest first, with what came of it."""
    found, next_before = listing.events(uow, asked["state"], asked["before"])
    return {"items": found, "next_before": next_before}


@blueprint.get("/years/<int:year>")
@endpoint(policy.SEE_BOOKS)
@blueprint.response(200, schemas.YearTotalsOut)
def show_year_totals(uow: UnitOfWork, year: int) -> Data:
    """Add up what every worker was paid in a year, with the forms that calls for."""
    if not years.YEAR_MIN <= year <= years.YEAR_MAX:
        raise Missing("not_found", "There is no such year.")
    return {"items": [_year(each) for each in years.totals(uow, year)]}


def _waiting(withdrawal: Withdrawal, given: int) -> Data:
    return {
        "id": withdrawal.id,
        "worker_id": withdrawal.worker,
        "amount": Money(withdrawal.micros, withdrawal.currency),
        "created_at": withdrawal.created_at,
        "releases_given": given,
        "releases_wanted": withdrawal.eyes_wanted,
    }


def _odd(waiting: resolving.Waiting) -> Data:
    proposal = waiting.proposal
    return {
        "ref": waiting.line.ref,
        "kind": waiting.line.kind,
        "amount": waiting.amount,
        "at": waiting.line.at,
        "proposed_meaning": proposal.account_kind if proposal else None,
        "proposed_by": proposal.proposed_by if proposal else None,
    }


def _chargeback(row: Chargeback) -> Data:
    return {
        "ref": row.ref,
        "organisation": row.organisation,
        "state": row.state,
        "reason": row.reason,
        "amount": Money(row.micros, row.currency),
        "owed": Money(row.owed_micros, row.currency),
        "created_at": row.created_at,
    }


def _year(year: Year) -> Data:
    return {
        "worker": year.worker,
        "country": year.country,
        "earned": year.earned,
        "paid": year.paid,
        "payments_count": year.payments_count,
        "forms": [one.form for one in year.reached],
    }
