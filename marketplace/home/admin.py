"""Pages for admins: find people, and decide on their standing in measured steps."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request
from sqlalchemy import func, select

import workers.policy
import workers.queries
import workers.schemas
import workers.service
from kernel.audit import AuditEntry
from kernel.db import UnitOfWork
from kernel.web.pages import form, page, sent
from marketplace.accounts import queries as accounts
from marketplace.assignments.models import Assignment
from marketplace.home import auditing, moderating, policy, searching, watching
from marketplace.review.models import Dispute
from workers.models import Worker

PAGE_ROWS = 100
DISPUTES_SHOWN = 20
SEARCH_MAX = 200
blueprint = Blueprint("admin_pages", __name__, url_prefix="/admin")
for _part in (auditing, moderating, watching):
    blueprint.register_blueprint(_part.blueprint)


@blueprint.get("")
@page(policy.ADMINISTER, "admin/index.html")
def overview(_uow: UnitOfWork) -> dict[str, Any]:
    """Lead to what admins do."""
    return {}


@blueprint.get("/people")
@page(policy.ADMINISTER, "admin/people.html")
def people(uow: UnitOfWork) -> dict[str, Any]:
    """Find people by name, address, pseudonym or id; suspended workers come first."""
    wanted = request.args.get("q", "").strip()[:SEARCH_MAX]
    found = searching.people(uow, wanted)
    return {"wanted": wanted, "people": found, "places": searching.places(uow, found)}


@blueprint.get("/people/<uuid:worker_id>")
@page(policy.ADMINISTER, "admin/person.html", load=workers.queries.worker)
def person(uow: UnitOfWork, worker: Worker) -> dict[str, Any]:
    """Show one worker's standing, what they did, and what was decided about them."""
    own = (Assignment.worker_id == worker.id,)
    counted = select(Assignment.state, func.count()).where(*own).group_by(Assignment.state)
    about = select(AuditEntry).where(AuditEntry.thing == f"worker:{worker.id}")
    theirs = select(Dispute).where(Dispute.worker_id == worker.id).order_by(Dispute.id.desc())
    return {
        "worker": worker,
        "user": accounts.user_of_worker(uow, worker.id),
        "disputes": uow.session.scalars(theirs.limit(DISPUTES_SHOWN)).all(),
        "pause_days_max": workers.schemas.PAUSE_DAYS_MAX,
        "counts": dict(uow.session.execute(counted).all()),
        "acts": uow.session.scalars(about.order_by(AuditEntry.id.desc()).limit(PAGE_ROWS)).all(),
    }


@blueprint.post("/people/<uuid:worker_id>/warn")
@form(workers.policy.DECIDE_STANDING, person, load=workers.queries.locked)
def warn(uow: UnitOfWork, worker: Worker) -> str:
    """Warn a worker in writing."""
    workers.service.warn(uow, worker, sent(workers.schemas.StandingIn())["sentence"])
    flash("The worker has been warned.", "success")
    return f"/admin/people/{worker.id}"


@blueprint.post("/people/<uuid:worker_id>/pause")
@form(workers.policy.DECIDE_STANDING, person, load=workers.queries.locked)
def pause(uow: UnitOfWork, worker: Worker) -> str:
    """Suspend a worker for some days, with a written reason."""
    data = sent(workers.schemas.PauseIn())
    workers.service.suspend(uow, worker, data["sentence"], data["days"])
    flash("The account is paused; the worker has been told.", "success")
    return f"/admin/people/{worker.id}"


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
