"""Refusals on the wire: RFC 9457 problem documents for programs, a page for people."""

from __future__ import annotations

import json
from typing import Any

import structlog
from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException

from kernel.errors import DomainError

PROBLEM_TYPE = "application/problem+json"
SENTENCES = {
    400: ("bad_request", "We could not read this request."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not answer that kind of request."),
    413: ("body_too_large", "What you sent is too large for this address."),
    415: ("media_type", "This address does not read that kind of content."),
    422: ("invalid", "Some fields need another look; each is named below."),
    429: ("too_many_requests", "That was a bit fast. Please wait a moment and try again."),
}
log = structlog.get_logger(__name__)


def install(app: Flask) -> None:
    """Answer every failure of an app in words, and log the ones that are our fault."""

    def on_refusal(error: Exception) -> Response:
        assert isinstance(error, DomainError)
        return answer(error.status, error.title, error.code, error.sentence, error.details)

    def on_http_error(error: Exception) -> Any:
        assert isinstance(error, HTTPException)
        status = error.code or 500
        if status < 400:
            return error
        code, sentence = SENTENCES.get(status, ("error", error.description or error.name))
        details = {"fields": _messages(error)} if _messages(error) else {}
        response = answer(status, error.name, code, sentence, details)
        for name, value in error.get_headers():
            if name.lower() in {"allow", "retry-after"}:
                response.headers[name] = value
        return response

    def on_fault(error: Exception) -> Response:
        log.exception("request_failed", error=type(error).__name__)
        return answer(
            500, "Our fault", "our_fault", "Something broke on our side. We have been told.", {}
        )

    app.register_error_handler(DomainError, on_refusal)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_fault)


def answer(status: int, title: str, code: str, sentence: str, details: dict[str, Any]) -> Response:
    """Build the problem document, or the page that says the same."""
    request_id = g.get("request_id", "")
    if wants_page():
        page = render_template(
            "errors/problem.html",
            status=status,
            title=title,
            code=code,
            sentence=sentence,
            details=details,
            request_id=request_id,
        )
        return Response(page, status=status, mimetype="text/html")
    document = {
        "type": f"urn:quorum:problem:{code}",
        "title": title,
        "status": status,
        "detail": sentence,
        "code": code,
        "request_id": request_id,
        **details,
    }
    return Response(json.dumps(document, default=str), status=status, mimetype=PROBLEM_TYPE)


def wants_page() -> bool:
    """Tell a person at a browser from a program."""
    return not request.path.startswith("/api/") and request.accept_mimetypes.accept_html


def _messages(error: HTTPException) -> Any:
    """Return the field messages that webargs leaves on a 422."""
    return (getattr(error, "data", None) or {}).get("messages")
