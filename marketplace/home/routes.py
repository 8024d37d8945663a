"""The REST interface to notices and, for admins, to the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_smorest import Blueprint
from marshmallow import fields
from sqlalchemy import select

from kernel import audit
from kernel.audit import AuditEntry
from kernel.db import UnitOfWork
from kernel.web import paging
from kernel.web.fields import Out, PageIn
from kernel.web.http import endpoint
from marketplace.home import policy
from marketplace.home.models import Notice

blueprint = Blueprint("home", __name__, url_prefix="/api/v1", description="Notices and audit")
Data = Mapping[str, Any]


class NoticeOut(Out):
    """Show one piece of news for me."""

    id = fields.UUID()
    at = fields.AwareDateTime()
    sentence = fields.String()
    link = fields.String()
    read_at = fields.AwareDateTime(allow_none=True)


class NoticesOut(Out):
    """Show a page of my notices."""

    items = fields.List(fields.Nested(NoticeOut))
    next_cursor = fields.String(allow_none=True)


class AuditEntryOut(Out):
    """Show one privileged act."""

    id = fields.UUID()
    at = fields.AwareDateTime()
    actor = fields.String()
    act = fields.String()
    thing = fields.String()
    before = fields.Raw(allow_none=True)
    after = fields.Raw(allow_none=True)
    place = fields.Integer(allow_none=True, metadata={"description": "in the hash chain"})
    hash = fields.String(allow_none=True)


class AuditIn(PageIn):
    """Receive which acts to list."""

    thing = fields.String(load_default=None)


class AuditOut(Out):
    """Show a page of the audit log."""

    items = fields.List(fields.Nested(AuditEntryOut))
    next_cursor = fields.String(allow_none=True)


class ChainOut(Out):
    """Show whether the hash chain of the audit log holds."""

    broken_at = fields.Integer(allow_none=True)


@blueprint.get("/notices")
@endpoint(policy.SEE_NOTICES)
@blueprint.arguments(PageIn, location="query")
@blueprint.response(200, NoticesOut)
def list_notices(uow: UnitOfWork, query: Data) -> Any:
    """List my notices, newest first."""
    mine = select(Notice).where(Notice.user_id == uow.identity.user_id)
    return paging.page(
        uow.session, mine, Notice.id, query["cursor"], query["limit"], newest_first=True
    )


@blueprint.get("/admin/audit")
@endpoint(policy.ADMINISTER)
@blueprint.arguments(AuditIn, location="query")
@blueprint.response(200, AuditOut)
def list_acts(uow: UnitOfWork, query: Data) -> Any:
    """List privileged acts, newest first, of everything or of one thing."""
    acts = select(AuditEntry)
    if query["thing"]:
        acts = acts.where(AuditEntry.thing == query["thing"])
    return paging.page(
        uow.session, acts, AuditEntry.id, query["cursor"], query["limit"], newest_first=True
    )


@blueprint.get("/admin/audit/chain")
@endpoint(policy.ADMINISTER)
@blueprint.response(200, ChainOut)
def check_chain(uow: UnitOfWork) -> dict[str, int | None]:
    """Check the hash chain of the audit log from its beginning."""
    return {"broken_at": audit.broken_at(uow)}
