"""Structured logs: one JSON line per event, with the request's id and no personal data."""

from __future__ import annotations

import logging
import re
import sys
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request

from kernel.types import new_id

QUOTED_ROW = re.compile(r"^((?:DETAIL|CONTEXT):).*$", re.MULTILINE)
REQUEST_ID_MAX = 64
log = structlog.get_logger("request")


def configure(level: str = "INFO") -> None:
    """Send every log, ours and the libraries', to standard error as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_rows,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processor=structlog.processors.JSONRenderer()
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # Ours go straight to where the libraries' go too: every request writes a line.
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _request_id() -> str:
    """Return the id the caller gave, if it is short and plain, else a new one."""
    given = request.headers.get("X-Request-Id", "")
    is_plain = given.isascii() and given.isprintable() and 0 < len(given) <= REQUEST_ID_MAX
    return given if is_plain else str(new_id())


def _without_rows(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Cut what PostgreSQL quotes of rows from a traceback: it may be somebody's address."""
    if "exception" in event:
        event["exception"] = QUOTED_ROW.sub(r"\1", event["exception"])
    return event


def install(app: Flask) -> None:
    """Name each request, log it once, by route rather than address, and bind its id to all logs."""

    def begin() -> None:
        g.request_id = _request_id()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)
        g.started = time.perf_counter()

    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.endpoint not in {"static", "home_health.healthz"}:
            log.info(
                "request",
                method=request.method,
                route=str(request.url_rule or "-"),
                status=response.status_code,
                seconds=round(time.perf_counter() - g.get("started", time.perf_counter()), 5),
            )
        return response

    app.before_request(begin)
    app.after_request(end)
