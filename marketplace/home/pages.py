"""Pages that belong to nobody else: landing, help, terms and a person's notices."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, g
from sqlalchemy import func, select, update
from werkzeug.wrappers import Response

from kernel.db import UnitOfWork
from kernel.money import Money
from kernel.web.pages import form, page
from marketplace.config import TERMS_VERSION
from marketplace.config import policy as platform
from marketplace.home import admin, filters, own_data, policy
from marketplace.home.models import Notice
from marketplace.jobs.models import Job, Task
from marketplace.jobs.states import CLAIMABLE

NOTICES_MAX = 100
blueprint = Blueprint("home_pages", __name__)
blueprint.register_blueprint(admin.blueprint)
filters.install(blueprint)


@blueprint.app_context_processor
def who_is_asking() -> dict[str, Any]:
    """Tell every template, problem pages too, who is asking, once that is known."""
    return {"identity": g.get("identity")}


@blueprint.get("/")
@page(policy.READ, "home/index.html")
def landing(uow: UnitOfWork) -> dict[str, Any]:
    """Say what this is, for whom, and what it pays."""
    open_jobs = select(Job.id).where(Job.state.in_(CLAIMABLE))
    wanted = select(func.coalesce(func.sum(Task.slots_open), 0)).where(
        Task.job_id.in_(open_jobs), Task.slots_open > 0, Task.lane < 2
    )
    return {
        "open_jobs": uow.session.scalar(select(func.count()).select_from(open_jobs.subquery())),
        "answers_wanted": uow.session.scalar(wanted),
        "pay_floor": Money(platform().pay_floor_micros_per_hour, "USD"),
    }


@blueprint.get("/help")
@page(policy.READ, "home/help.html")
def help_page(_uow: UnitOfWork) -> dict[str, Any]:
    """Explain how work, pay, checks and appeals go."""
    return {"platform": platform(), "pay_floor": Money(platform().pay_floor_micros_per_hour, "USD")}


@blueprint.get("/terms")
@page(policy.READ, "home/terms.html")
def terms(_uow: UnitOfWork) -> dict[str, Any]:
    """Show the terms people agree to when they sign up."""
    return {"version": TERMS_VERSION, "platform": platform()}


@blueprint.get("/notices")
@page(policy.SEE_NOTICES, "home/notices.html")
def notices(uow: UnitOfWork) -> dict[str, Any]:
    """List the last notices, newest first."""
    mine = select(Notice).where(Notice.user_id == uow.identity.user_id)
    last = mine.order_by(Notice.id.desc()).limit(NOTICES_MAX)
    return {"notices": uow.session.scalars(last).all()}


@blueprint.post("/notices/read")
@form(policy.SEE_NOTICES, notices)
def mark_read(uow: UnitOfWork) -> str:
    """Mark every notice as read."""
    unread = (Notice.user_id == uow.identity.user_id, Notice.read_at.is_(None))
    uow.session.execute(update(Notice).where(*unread).values(read_at=uow.now))
    return "/notices"


@blueprint.get("/account/data.json")
@page(policy.TAKE_DATA, "home/index.html")
def take_data(uow: UnitOfWork) -> Response:
    """Hand a person what we keep about them, as a file."""
    content = json.dumps(own_data.gather(uow), default=str, ensure_ascii=False, indent=1)
    answer = Response(content, mimetype="application/json")
    answer.headers["Content-Disposition"] = "attachment; filename=quorum-data.json"
    return answer
