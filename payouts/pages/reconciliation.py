"""Pages on which admins compare the books with the processor's and settle what is odd."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.web.pages import form, page
from payouts import policy, routes
from payouts.books import reconciling, resolving
from payouts.recovery import chargebacks, freezing

blueprint = Blueprint("reconciliation", __name__, url_prefix="/admin")


@blueprint.get("/reconciliation")
@page(policy.SEE_BOOKS, "admin/reconciliation.html")
def reconciliation(uow: UnitOfWork) -> dict[str, Any]:
    """Show the last comparison with the processor, and the lines that wait for two people."""
    return {
        "latest": reconciling.latest(uow),
        "queue": resolving.queue(uow),
        "meanings": list(resolving.MEANINGS.items()),
        "reason_min": resolving.REASON_MIN,
        "me": uow.identity.actor,
    }


@blueprint.post("/reconciliation")
@form(policy.RECONCILE, reconciliation)
def compare(uow: UnitOfWork) -> str:
    """Compare with the processor now."""
    uow.later("payouts.reconcile", "")
    flash("The comparison has begun; look again in a moment.", "success")
    return "/admin/reconciliation"


@blueprint.post("/reconciliation/<line_ref>/propose")
@form(policy.RECONCILE, reconciliation)
def propose(uow: UnitOfWork, line_ref: str) -> str:
    """Say what a line is; a second admin must agree."""
    given = request.form
    whose = _organisation(given.get("organisation", "").strip())
    resolving.propose(uow, line_ref, given.get("meaning", ""), whose, given.get("reason", ""))
    flash("Proposed; a second admin decides.", "success")
    return "/admin/reconciliation"


@blueprint.post("/reconciliation/proposals/<uuid:resolution_id>")
@form(policy.RECONCILE, reconciliation)
def second(uow: UnitOfWork, resolution_id: UUID) -> str:
    """Agree with another admin's proposal, or turn it down."""
    permissions.check_fresh(uow.identity, uow.now)
    is_accepted = request.form.get("act") == "accept"
    resolving.second(uow, resolution_id, accept=is_accepted)
    flash("Booked." if is_accepted else "Turned down; the line waits again.", "success")
    return "/admin/reconciliation"


@blueprint.get("/frozen")
@page(policy.SEE_BOOKS, "admin/frozen.html")
def frozen(uow: UnitOfWork) -> dict[str, Any]:
    """List frozen organisations with what banks took back and who bore it."""
    held = freezing.frozen(uow)
    return {"frozen": held, "chargebacks": chargebacks.latest(uow)}


@blueprint.post("/frozen/<uuid:organisation_id>/lift")
@form(policy.LIFT_FREEZE, frozen, load=routes.organisation_for_endpoint)
def lift(uow: UnitOfWork, organisation: UUID) -> str:
    """Let a frozen organisation move money again."""
    permissions.check_fresh(uow.identity, uow.now)
    chargebacks.lift(uow, organisation)
    flash("Its money moves again. Its jobs stay paused until it resumes them.", "success")
    return "/admin/frozen"


def _organisation(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Refused("organisation_unknown", "There is no such organisation.") from None
