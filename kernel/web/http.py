"""How a request flows: identify, open the unit of work, authorise, call the view, commit."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask import Response, current_app, g, make_response, request
from sqlalchemy.exc import DBAPIError, OperationalError

from kernel.db import ATTEMPTS_MAX, is_worth_a_retry, pause_after
from kernel.errors import Unavailable
from kernel.permissions import Permission, anybody, authorize
from kernel.runtime import Runtime
from kernel.web import idempotency

Loader = Callable[..., Any]
View = Callable[..., Any]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def runtime() -> Runtime:
    """Return the running installation behind this request."""
    return cast(Runtime, current_app.extensions["quorum"])


def endpoint(
    wanted: Permission, load: Loader | None = None, *, shows_secret: bool = False
) -> Callable[[View], View]:
    """Give a view its unit of work, its loaded subject, and its permission check.

    The view is called as `view(uow, subject, …)` when a loader is given, else `view(uow, …)`, and
    answers before the commit, so what it returns may hold rows. `load(uow, **path values)` returns
    the subject the permission is about, or raises Missing. Deadlocks and lost connections are
    tried again (bounded); nothing else is. An answer that shows a secret is never kept, nor one to
    a stranger, who could be anybody: there Idempotency-Key is left aside.
    """

    def wrap(view: View) -> View:
        guarded = _View(view, wanted, load, not shows_secret)

        @functools.wraps(view)
        def handle(**path: Any) -> Response:
            return _with_retries(lambda: _handle_once(guarded, path))

        handle.permission = wanted  # type: ignore[attr-defined]
        return handle

    return wrap


def public(name: str = "public") -> Permission:
    """Return the permission of what strangers may do; an architecture test lists its users."""
    return Permission(name, anybody, anybody, None, "")


@dataclass(frozen=True)
class _View:
    """A view with what stands in front of it."""

    call: View
    wanted: Permission
    load: Loader | None
    keeps_answers: bool


def _handle_once(view: _View, path: dict[str, Any]) -> Response:
    here = runtime()
    with here.database.unit_of_work(request_id=g.get("request_id", "")) as uow:
        uow.identity = g.identity = current_app.extensions["quorum_identify"](uow)
        subject = view.load(uow, **path) if view.load else None
        authorize(uow.identity, view.wanted, subject)
        given, left = ((uow, subject), {}) if view.load else ((uow,), path)
        key = request.headers.get("Idempotency-Key")
        keeps = view.keeps_answers and not uow.identity.is_stranger
        if key is None or request.method in SAFE_METHODS or not keeps:
            return make_response(view.call(*given, **left))
        return idempotency.once(uow, key, lambda: make_response(view.call(*given, **left)))


def _with_retries(handle: Callable[[], Response]) -> Response:
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            return handle()
        except DBAPIError as error:
            if is_worth_a_retry(error) and attempt < ATTEMPTS_MAX and not request.files:
                pause_after(attempt)
                continue
            if isinstance(error, OperationalError):
                raise Unavailable(
                    "try_again", "We could not reach our database just now. Please try again."
                ) from error
            raise
    raise AssertionError("unreachable: the last attempt returns or raises")
