"""What the pretend Stripe shows: its balance, single objects, and lists of them page by page."""

from __future__ import annotations

from collections.abc import Iterable

from tests.stripe import calls, spec
from tests.stripe.book import AVAILABLE, PENDING
from tests.stripe.calls import Call, Refusal, Verb
from tests.stripe.company import Company, Thing

LIST_MAX = 10


def show_balance(company: Company, call: Call) -> Thing:
    """GET /v1/balance."""
    currencies = company.book.currencies(call.account)
    held = {
        kind: [
            {"amount": company.book.held(call.account, kind, each), "currency": each}
            for each in currencies
        ]
        for kind in (AVAILABLE, PENDING)
    }
    return spec.blank("balance", {"object": "balance", "livemode": False, **held})


def list_lines(company: Company, call: Call) -> Thing:
    """GET /v1/balance_transactions."""
    mine = [
        line for ref, line in company.book.lines.items() if company.book.owners[ref] == call.account
    ]
    return _page(mine, call, "/v1/balance_transactions")


def show(kind: str, name: str) -> Verb:
    """GET one object of a kind by the name its path gives it."""

    def verb(company: Company, call: Call) -> Thing:
        ref = call.names[name]
        if kind == "account":
            return calls.account(company, ref)
        thing = calls.thing(company, ref, kind)
        if company.owners[ref] != call.account:
            raise Refusal(404, "resource_missing", f"No such {kind}: '{ref}'")
        return thing

    return verb


def listing(kind: str, *filters: str) -> Verb:
    """GET the objects of a kind, newest first, filtered by equal fields."""

    def verb(company: Company, call: Call) -> Thing:
        wanted = {name: call.given[name] for name in filters if name in call.given}
        found = [
            thing
            for ref, thing in company.things.items()
            if thing["object"] == kind and company.owners[ref] == call.account
            if all(thing.get(name) == value for name, value in wanted.items())
            if "types" not in call.given or thing["type"] in call.given["types"]
            if "id" not in call.names or thing["transfer"] == call.names["id"]
        ]
        return _page(found, call, f"/v1/{kind}s")

    return verb


def expand(company: Company, thing: Thing, paths: Iterable[str]) -> Thing:
    """Put objects where their names are, along dotted paths."""
    for path in paths:
        first, _, rest = path.partition(".")
        named = thing.get(first)
        if isinstance(named, str):
            inner = company.things.get(named) or company.book.lines[named]
            thing = {**thing, first: expand(company, inner, [rest] if rest else [])}
    return thing


def _page(found: list[Thing], call: Call, url: str) -> Thing:
    """Return a page as Stripe pages: newest first, after or before an object."""
    newest = found[::-1]
    created = call.given.get("created", {})
    newest = [
        one
        for one in newest
        if created.get("gte", 0) <= one["created"] < created.get("lt", 1 << 60)
    ]
    refs = [one["id"] for one in newest]
    limit = call.given.get("limit", LIST_MAX)
    for name in ("starting_after", "ending_before"):
        if name in call.given and call.given[name] not in refs:
            raise Refusal(400, "resource_missing", f"No such object: {call.given[name]}")
    if "starting_after" in call.given:
        newest = newest[refs.index(call.given["starting_after"]) + 1 :]
    if "ending_before" in call.given:
        newest = newest[: refs.index(call.given["ending_before"])]
        return calls.a_list(newest[-limit:], url, has_more=len(newest) > limit)
    return calls.a_list(newest[:limit], url, has_more=len(newest) > limit)
