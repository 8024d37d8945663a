"""Show a job, its imports and its files as its members see them."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, request

from kernel.db import UnitOfWork
from kernel.money import Money
from kernel.web.http import runtime
from marketplace.jobs import queries
from marketplace.jobs.models import Import, Job, Media

FILE_AGE_SECONDS = 3_600


def job(uow: UnitOfWork, shown: Job) -> dict[str, Any]:
    """Return a job with its texts, its price and what it asks of workers."""
    reward, fee = queries.price_of(uow, shown)
    columns = {column.key: getattr(shown, column.key) for column in Job.__table__.columns}
    groups = {"redundancy": shown, "approval": shown, "gold": shown}
    return (
        columns
        | groups
        | {
            "guidelines": text(uow, shown, queries.GUIDELINES),
            "interface": text(uow, shown, queries.INTERFACE),
            "reward": Money(reward, shown.currency),
            "fee": Money(fee, shown.currency),
            "requirements": queries.requirements(uow, shown.id),
            "tasks": queries.tasks_by_state(uow, shown.id),
        }
    )


def text(uow: UnitOfWork, shown: Job, part: str) -> str:
    """Return the current text of a job's guidelines or interface."""
    number = getattr(shown, f"{part}_version")
    return queries.version(uow, shown.id, part, number).content


def import_report(asked: Import) -> dict[str, Any]:
    """Return an import without the name of the file that holds its rejected rows."""
    columns = {column.key: getattr(asked, column.key) for column in Import.__table__.columns}
    hidden = {"problem_rows"}
    return columns | {"report": {k: v for k, v in asked.report.items() if k not in hidden}}


def file(row: Media) -> Response:
    """Build the answer that shows a file: its own type only, in ranges, and not again if known."""
    # The file is opened when its first byte is sent: never for an answer without a body.
    response = Response(runtime().storage.chunks(row.digest), mimetype=row.mimetype)
    response.content_length = row.size_bytes
    response.set_etag(row.digest)
    response.cache_control.private = True
    response.cache_control.max_age = FILE_AGE_SECONDS
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return cast(
        Response,
        response.make_conditional(request, accept_ranges=True, complete_length=row.size_bytes),
    )
