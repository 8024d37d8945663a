"""Pages of the audit log: searched, taken along as a table, and its chain checked."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, flash, request
from sqlalchemy import Select, or_, select

from kernel import audit
from kernel.audit import AuditChain, AuditEntry
from kernel.db import UnitOfWork
from kernel.web import paging
from kernel.web.pages import form, page
from marketplace.home import policy

PAGE_ROWS, TABLE_ROWS_MAX = 100, 50_000
SEARCH_MAX = 200
COLUMNS = ("at", "actor", "act", "thing", "before", "after", "place", "hash")
FILTERS = ("q", "act", "since", "until")
blueprint = Blueprint("auditing", __name__)


@blueprint.get("/audit")
@page(policy.ADMINISTER, "admin/audit.html")
def entries(uow: UnitOfWork) -> dict[str, Any]:
    """Read the audit log, newest first: of one thing, one actor, one kind of act, some days."""
    wanted = _wanted()
    cursor = request.args.get("cursor")
    found = paging.page(
        uow.session, _search(wanted), AuditEntry.id, cursor, PAGE_ROWS, newest_first=True
    )
    return {"wanted": wanted, "entries": found, "chain": uow.session.scalar(select(AuditChain))}


@blueprint.get("/audit.csv")
@page(policy.ADMINISTER, "admin/audit.html")
def table(uow: UnitOfWork) -> Response:
    """Take what was searched along as CSV, the newest first."""
    query = _search(_wanted()).order_by(AuditEntry.id.desc()).limit(TABLE_ROWS_MAX)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for entry in uow.session.scalars(query).yield_per(1_000):
        writer.writerow([_cell(getattr(entry, name)) for name in COLUMNS])
    answer = Response(text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=audit.csv"
    return answer


@blueprint.post("/audit/check")
@form(policy.ADMINISTER, entries)
def check(uow: UnitOfWork) -> str:
    """Compute the hash chain again from its beginning, and say whether it holds."""
    broken_at = audit.broken_at(uow)
    head = uow.session.scalar(select(AuditChain))
    if broken_at is None:
        count = head.place if head else 0
        flash(f"The chain holds: {count:,} entries, none changed, none missing.", "success")
    else:
        flash(f"The chain is broken at entry {broken_at:,}: it or one before changed.", "danger")
    return "/admin/audit"


def _wanted() -> dict[str, str]:
    return {name: request.args.get(name, "").strip()[:SEARCH_MAX] for name in FILTERS}


def _search(wanted: dict[str, str]) -> Select[AuditEntry]:
    """Return the entries that match: whole names and dates, or their beginnings."""
    query = select(AuditEntry)
    if wanted["q"]:
        own = (AuditEntry.thing, AuditEntry.actor)
        query = query.where(or_(*(each.startswith(wanted["q"], autoescape=True) for each in own)))
    if wanted["act"]:
        query = query.where(AuditEntry.act.startswith(wanted["act"], autoescape=True))
    if since := _day(wanted["since"]):
        query = query.where(AuditEntry.at >= since)
    if until := _day(wanted["until"]):
        query = query.where(AuditEntry.at < until + timedelta(days=1))
    return query


def _day(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError:
        return None


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str) else json.dumps(value)
