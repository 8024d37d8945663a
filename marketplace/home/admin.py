"""Pages for admins: people's standing and the audit log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request
from sqlalchemy import func, select

import workers.policy
import workers.queries
import workers.schemas
import workers.service
from kernel.audit import AuditEntry
from kernel.db import UnitOfWork
from kernel.web import paging
from kernel.web.pages import form, page, sent
from marketplace.assignments.models import Assignment
from marketplace.home import policy
from workers.models import Worker

PEOPLE_MAX = 50
PAGE_ROWS = 100
SEARCH_MAX = 200
blueprint = Blueprint("admin_pages", __name__, url_prefix="/admin")


@blueprint.get("")
@page(policy.ADMINISTER, "admin/index.html")
def overview(_uow: UnitOfWork) -> dict[str, Any]:
    """Lead to what admins do."""
    return {}


@blueprint.get("/people")
@page(policy.ADMINISTER, "admin/people.html")
def people(uow: UnitOfWork) -> dict[str, Any]:
    """Find workers by their id or the beginning of their pseudonym; suspended ones come first."""
    wanted = request.args.get("q", "").strip()[:SEARCH_MAX]
    return {"wanted": wanted, "people": _found(uow, wanted)}


@blueprint.get("/people/<uuid:worker_id>")
@page(policy.ADMINISTER, "admin/person.html", load=workers.queries.worker)
def person(uow: UnitOfWork, worker: Worker) -> dict[str, Any]:
    """Show one worker's standing, what they did, and what was decided about them."""
    own = (Assignment.worker_id == worker.id,)
    counted = select(Assignment.state, func.count()).where(*own).group_by(Assignment.state)
    about = select(AuditEntry).where(AuditEntry.thing == f"worker:{worker.id}")
    return {
        "worker": worker,
        "counts": dict(uow.session.execute(counted).all()),
        "acts": uow.session.scalars(about.order_by(AuditEntry.id.desc()).limit(PAGE_ROWS)).all(),
    }


@blueprint.post("/people/<uuid:worker_id>/suspend")
@form(workers.policy.DECIDE_STANDING, person, load=workers.queries.locked)
def suspend(uow: UnitOfWork, worker: Worker) -> str:
    """Suspend a worker with a written reason."""
    workers.service.suspend(uow, worker, sent(workers.schemas.StandingIn())["sentence"])
    flash("The account is suspended; the worker has been told.", "success")
    return f"/admin/people/{worker.id}"


@blueprint.post("/people/<uuid:worker_id>/reinstate")
@form(workers.policy.DECIDE_STANDING, person, load=workers.queries.locked)
def reinstate(uow: UnitOfWork, worker: Worker) -> str:
    """Reinstate a suspended worker with a written reason."""
    workers.service.reinstate(uow, worker, sent(workers.schemas.StandingIn())["sentence"])
    flash("The worker may take tasks again.", "success")
    return f"/admin/people/{worker.id}"


@blueprint.get("/audit")
@page(policy.ADMINISTER, "admin/audit.html")
def audit(uow: UnitOfWork) -> dict[str, Any]:
    """Read the audit log, newest first, of one thing or of one actor if asked."""
    wanted = request.args.get("q", "").strip()[:SEARCH_MAX]
    entries = select(AuditEntry)
    if wanted:
        entries = entries.where((AuditEntry.thing == wanted) | (AuditEntry.actor == wanted))
    found = paging.page(
        uow.session,
        entries,
        AuditEntry.id,
        request.args.get("cursor"),
        PAGE_ROWS,
        newest_first=True,
    )
    return {"wanted": wanted, "entries": found}


def _found(uow: UnitOfWork, wanted: str) -> Any:
    query = select(Worker).order_by(Worker.state.desc(), Worker.id.desc()).limit(PEOPLE_MAX)
    try:
        return uow.session.scalars(query.where(Worker.id == UUID(wanted))).all()
    except ValueError:
        return uow.session.scalars(
            query.where(Worker.handle.istartswith(wanted, autoescape=True))
        ).all()
