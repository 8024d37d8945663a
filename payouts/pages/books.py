"""Pages on which admins watch withdrawals and the truths of the books."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request

from kernel.db import UnitOfWork
from kernel.web.pages import form, page
from payouts import invariants, policy, queries

LINES_SHOWN = 50
blueprint = Blueprint("books", __name__)


@blueprint.get("/admin/payouts")
@page(policy.SEE_BOOKS, "admin/payouts.html")
def payouts(uow: UnitOfWork) -> dict[str, Any]:
    """List everybody's withdrawals."""
    found = queries.withdrawals(uow, None, request.args.get("cursor"), LINES_SHOWN)
    return {"found": found, "is_halted": queries.is_halted(uow)}


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
