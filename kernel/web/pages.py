"""Pages for people: a view returns what its template shows, a form refused is shown again."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from flask import Response, g, make_response, redirect, render_template, request
from marshmallow import Schema, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from kernel.db import UnitOfWork
from kernel.errors import Denied, DomainError, Missing
from kernel.permissions import Permission, authorize
from kernel.web.http import Loader, View, endpoint, runtime
from kernel.web.problems import wants_page

DOORS = {
    "sign_in_needed": "/sign-in",
    "sign_in_again": "/sign-in/again",
    "second_factor_needed": "/sign-in/again",
}
NOT_FORM_FIELDS = frozenset({"csrf_token", "next"})
Answer = Callable[..., AnyResponse]
Errors = dict[str, list[str]]


@dataclass(frozen=True)
class Page:
    """Hold what shows a page: the view, its template, its permission and its loader."""

    view: View
    template: str
    wanted: Permission
    load: Loader | None

    def show(self, uow: UnitOfWork, *given: Any, **path: Any) -> AnyResponse:
        """Render what the view returns; a response goes out as it is."""
        shown = self.view(uow, *given, **path)
        return shown if isinstance(shown, AnyResponse) else _rendered(self.template, shown)

    def show_again(self, path: Mapping[str, Any]) -> AnyResponse:
        """Render the page for whoever just sent a form to it, in a unit of work of its own."""
        wanted = inspect.signature(self.load or self.view).parameters
        own = {name: value for name, value in path.items() if name in wanted}
        request_id = g.get("request_id", "")
        with runtime().database.unit_of_work(g.identity, request_id) as uow:
            subject = self.load(uow, **own) if self.load else None
            authorize(uow.identity, self.wanted, subject)
            return self.show(uow, subject) if self.load else self.show(uow, **own)


def page(wanted: Permission, template: str, load: Loader | None = None) -> Callable[[View], Answer]:
    """Make a view a page: it is called as endpoints are and returns what its template shows."""

    def wrap(view: View) -> Answer:
        shown = Page(view, template, wanted, load)

        @functools.wraps(view)
        def show(*given: Any, **path: Any) -> AnyResponse:
            return shown.show(*given, **path)

        handle = endpoint(wanted, load)(show)

        @functools.wraps(handle)
        def answer(**path: Any) -> AnyResponse:
            try:
                return cast(AnyResponse, handle(**path))
            except Denied as refusal:
                if not wants_page():
                    raise
                return _at_the_door(refusal)

        answer.page = shown  # type: ignore[attr-defined]
        return answer

    return wrap


def form(
    wanted: Permission, shown_on: Answer, load: Loader | None = None
) -> Callable[[View], Answer]:
    """Make a view take a form: it returns the address to go to next, by a redirect.

    A refusal shows the page again with what was sent and a sentence on top or beside the field,
    under the refusal's own status; what the view had done is rolled back.
    """
    source: Page = shown_on.page  # type: ignore[attr-defined]

    def wrap(view: View) -> Answer:
        @functools.wraps(view)
        def act(*given: Any, **path: Any) -> AnyResponse:
            after = view(*given, **path)
            return redirect(after, 303) if isinstance(after, str) else after

        handle = endpoint(wanted, load)(act)

        @functools.wraps(handle)
        def answer(**path: Any) -> AnyResponse:
            try:
                return cast(AnyResponse, handle(**path))
            except (DomainError, ValidationError) as refusal:
                if not wants_page() or "identity" not in g or isinstance(refusal, Missing):
                    raise
                return _shown_again(source, path, refusal)

        return answer

    return wrap


def sent(
    schema: Schema, whole: Iterable[str] = (), many: Iterable[str] = (), **more: Any
) -> dict[str, Any]:
    """Read the form sent by a schema, as `written` does; `more` is added as it is."""
    return cast(dict[str, Any], schema.load(written(whole, many) | more))


def written(whole: Iterable[str] = (), many: Iterable[str] = ()) -> dict[str, Any]:
    """Return what the form holds; blank fields count as left out, dotted names nest.

    Fields named in `whole` are whole numbers, those in `many` lists.
    """
    data: dict[str, Any] = {}
    for name in request.form:
        values = [value for value in request.form.getlist(name) if value.strip()]
        if name in NOT_FORM_FIELDS or not values:
            continue
        group, _, inner = name.rpartition(".")
        target = data.setdefault(group, {}) if group else data
        if name in many:
            target[inner] = values
        else:
            target[inner] = _number(values[0]) if name in whole else values[0]
    return data


def here_or(fallback: str, address: str | None) -> str:
    """Return an address of ours to go on to, or the fallback: never another site's."""
    is_ours = address and address.startswith("/") and address[1:2] not in ("/", "\\")
    return address if is_ours and address and address.isprintable() else fallback


def _rendered(template: str, values: Mapping[str, Any]) -> Response:
    given: Mapping[str, str] = g.get("given", {})
    errors: Errors = g.get("errors", {})
    return make_response(render_template(template, given=given, errors=errors, **values))


def _shown_again(
    source: Page, path: Mapping[str, Any], refusal: DomainError | ValidationError
) -> AnyResponse:
    if isinstance(refusal, Denied) and refusal.code in DOORS:
        return _at_the_door(refusal)
    g.given, g.errors = request.form, _sentences(refusal)
    response = source.show_again(path)
    response.status_code = refusal.status if isinstance(refusal, DomainError) else 422
    return response


def _at_the_door(refusal: Denied) -> AnyResponse:
    """Lead to where a person shows what is missing, and back."""
    door = DOORS.get(refusal.code)
    if door is None:
        raise refusal
    back = request.full_path.rstrip("?") if request.method == "GET" else _page_before()
    return redirect(f"{door}?next={quote(back, safe='/')}", 303)


def _page_before() -> str:
    referrer = request.referrer or ""
    return here_or("/", referrer.removeprefix(request.host_url.rstrip("/")))


def _number(text: str) -> int | str:
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 19 else text


def _sentences(refusal: DomainError | ValidationError) -> Errors:
    """Return the sentences by field; those about no single field stand under `_`."""
    if isinstance(refusal, DomainError):
        return {"_": [refusal.sentence]}
    found: Errors = {}
    _gather(refusal.messages, "", found)
    return found


def _gather(messages: Any, name: str, found: Errors) -> None:
    if not isinstance(messages, dict):
        found.setdefault(name or "_", []).extend(str(each) for each in messages)
        return
    for part, inner in messages.items():
        # A place in a list says nothing to a person: the sentence belongs to the whole field.
        longer = name if isinstance(part, int) else f"{name}.{part}".lstrip(".")
        _gather(inner, longer, found)
