"""Pages on which admins watch withdrawals and the truths of the books."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.web.pages import form, page
from payouts import invariants, policy, queries, routes
from payouts.models import Withdrawal
from payouts.transit import releases

LINES_SHOWN = 50
blueprint = Blueprint("books", __name__)


@blueprint.get("/admin/payouts")
@page(policy.SEE_BOOKS, "admin/payouts.html")
def payouts(uow: UnitOfWork) -> dict[str, Any]:
    """List everybody's withdrawals, those that wait for people first."""
    found = queries.withdrawals(uow, None, request.args.get("cursor"), LINES_SHOWN)
    return {
        "found": found,
        "waiting": releases.waiting(uow),
        "counts": releases.counts(uow),
        "is_halted": queries.is_halted(uow),
        "reason_min": releases.REASON_MIN,
    }


@blueprint.post("/admin/payouts/<uuid:withdrawal_id>/release")
@form(policy.RELEASE_WITHDRAWAL, payouts, load=routes.withdrawal_for_endpoint)
def release(uow: UnitOfWork, withdrawal: Withdrawal) -> str:
    """Add one admin's word to a large withdrawal; it needs a fresh sign-in."""
    permissions.check_fresh(uow.identity, uow.now)
    if releases.release(uow, withdrawal):
        flash("Two people have released it; it leaves now.", "success")
    else:
        flash("Released by you; it leaves when a second admin releases it too.", "success")
    return "/admin/payouts"


@blueprint.post("/admin/payouts/<uuid:withdrawal_id>/refuse")
@form(policy.RELEASE_WITHDRAWAL, payouts, load=routes.withdrawal_for_endpoint)
def refuse(uow: UnitOfWork, withdrawal: Withdrawal) -> str:
    """Stop a large withdrawal and tell the worker why."""
    permissions.check_fresh(uow.identity, uow.now)
    releases.refuse(uow, withdrawal, request.form.get("reason", ""))
    flash("The worker has the money back and has been told why.", "success")
    return "/admin/payouts"


@blueprint.get("/admin/books")
@page(policy.SEE_BOOKS, "admin/books.html")
def books(uow: UnitOfWork) -> dict[str, Any]:
    """Check now what must always be true of the money."""
    return {
        "broken": {one.name: one for one in invariants.check(uow)},
        "truths": invariants.REGISTRY.values(),
        "is_halted": queries.is_halted(uow),
    }


@blueprint.post("/admin/books/lift")
@form(policy.LIFT_HALT, books)
def lift(uow: UnitOfWork) -> str:
    """Let money leave again."""
    invariants.lift(uow)
    flash("Money may leave again.", "success")
    return "/admin/books"
