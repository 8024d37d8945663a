"""Pages of appeals and disputes: a worker objects, the organisation replies, an admin decides."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request
from sqlalchemy import select

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.web.pages import form, page, sent
from marketplace.jobs import queries as jobs
from marketplace.review import policy, queries, routes
from marketplace.review.disputes import appealing, ruling, weighing
from marketplace.review.disputes import schemas as shapes
from marketplace.review.models import Decision, Dispute
from marketplace.review.states import UNDECIDED

PAGE_ROWS = 50
ADMINISTER = permissions.permission(
    "dispute:administer", see=permissions.is_admin, may=permissions.is_admin
)
blueprint = Blueprint("arguing", __name__)


@blueprint.get("/appeals/new/<uuid:decision_id>")
@page(policy.APPEAL, "review/appeal.html")
def appealing_rejection(uow: UnitOfWork, decision_id: UUID) -> dict[str, Any]:
    """Show what was rejected and why, and ask for the worker's words."""
    decision = queries.decision(uow, decision_id)
    if decision.worker_id != uow.identity.worker_id:
        raise Missing("decision_unknown", "No answer of yours was rejected in this decision.")
    return {
        "kind": "rejection",
        "named": {"decision_id": str(decision_id)},
        "decision": decision,
        "job": jobs.job(uow, decision.job_id),
        "answers": queries.decided_answers(uow, decision_id),
        "is_late": uow.now > decision.appeal_until,
    }


@blueprint.get("/appeals/new")
@page(policy.APPEAL, "review/appeal.html")
def appealing_else(_uow: UnitOfWork) -> dict[str, Any]:
    """Ask for the worker's words on a removal, a failed exam, a check or a suspension."""
    kind = request.values.get("kind", "")
    if kind not in appealing.KINDS:
        raise Missing("appeal_unknown", "There is nothing to appeal at this address.")
    names = {routes.OF_KIND[kind]} if kind in routes.OF_KIND else set()
    return {"kind": kind, "named": {name: request.values.get(name, "") for name in names}}


@blueprint.post("/appeals/new/<uuid:decision_id>")
@form(policy.APPEAL, appealing_rejection)
def appeal_rejection(uow: UnitOfWork, decision_id: UUID) -> str:
    """Open the dispute over rejected answers."""
    return _open(uow, sent(shapes.AppealIn(), kind="rejection", decision_id=str(decision_id)))


@blueprint.post("/appeals/new")
@form(policy.APPEAL, appealing_else)
def appeal_else(uow: UnitOfWork) -> str:
    """Open another dispute."""
    return _open(uow, sent(shapes.AppealIn()))


@blueprint.get("/disputes")
@page(policy.LIST_DISPUTES, "review/disputes.html")
def disputes(uow: UnitOfWork) -> dict[str, Any]:
    """List one's own disputes and those of one's organisations."""
    cursor = request.args.get("cursor")
    return {"disputes": queries.disputes(uow, uow.identity, cursor, PAGE_ROWS)}


@blueprint.get("/disputes/<uuid:dispute_id>")
@page(policy.SEE_DISPUTE, "review/dispute.html", load=queries.dispute)
def dispute(uow: UnitOfWork, shown: Dispute) -> dict[str, Any]:
    """Show both sides, the evidence, and what may be done next."""
    identity, is_open = uow.identity, shown.state in UNDECIDED
    decision = uow.session.get(Decision, shown.decision_id) if shown.decision_id else None
    may_rule = is_open and policy.RULE.may(identity, shown)
    return {
        "dispute": shown,
        "evidence": weighing.weigh(uow, decision) if decision and may_rule else None,
        "decision": decision,
        "job": jobs.job(uow, shown.job_id) if shown.job_id else None,
        "answers": queries.decided_answers(uow, shown.decision_id),
        "is_open": is_open,
        "may_reply": is_open and not shown.reply and policy.REPLY.may(identity, shown),
        "may_rule": may_rule,
        "may_withdraw": is_open and policy.WITHDRAW.may(identity, shown),
        "is_worker": identity.worker_id == shown.worker_id,
    }


@blueprint.post("/disputes/<uuid:dispute_id>/reply")
@form(policy.REPLY, dispute, load=queries.dispute)
def reply(uow: UnitOfWork, shown: Dispute) -> str:
    """Reply for the organisation, or agree with the worker."""
    data = sent(shapes.ReplyIn())
    ruling.reply(uow, shown, data["reply"], agrees=data["agree"])
    flash("Your reply is kept, and the worker can read it.", "success")
    return f"/disputes/{shown.id}"


@blueprint.post("/disputes/<uuid:dispute_id>/ruling")
@form(policy.RULE, dispute, load=queries.dispute)
def rule(uow: UnitOfWork, shown: Dispute) -> str:
    """Decide as an admin, with a reason."""
    data = sent(shapes.RulingIn())
    ruling.rule(uow, shown, data["outcome"], data["reason"])
    flash("The dispute is decided, and both sides have been told.", "success")
    return f"/disputes/{shown.id}"


@blueprint.post("/disputes/<uuid:dispute_id>/withdraw")
@form(policy.WITHDRAW, dispute, load=queries.dispute)
def withdraw(uow: UnitOfWork, shown: Dispute) -> str:
    """Take an appeal back."""
    ruling.withdraw(uow, shown)
    flash("You have taken your appeal back.", "success")
    return f"/disputes/{shown.id}"


@blueprint.get("/admin/disputes")
@page(ADMINISTER, "admin/disputes.html")
def waiting(uow: UnitOfWork) -> dict[str, Any]:
    """List the disputes that wait for a reply or a ruling, the most urgent first."""
    undecided = select(Dispute).where(Dispute.state.in_(UNDECIDED)).order_by(Dispute.rule_by)
    return {"disputes": uow.session.scalars(undecided.limit(PAGE_ROWS)).all()}


def _open(uow: UnitOfWork, data: dict[str, Any]) -> str:
    assert uow.identity.worker_id is not None, "the permission lets only workers through"
    subject_id = data[routes.OF_KIND[data["kind"]]] if data["kind"] in routes.OF_KIND else ""
    wanted = appealing.Appeal(data["kind"], data["statement"], subject_id)
    opened = appealing.appeal(uow, uow.identity.worker_id, wanted)
    flash("Your appeal is open. You will be told of every step.", "success")
    return f"/disputes/{opened.id}"
