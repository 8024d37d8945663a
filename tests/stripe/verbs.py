"""What the pretend Stripe does for each call it knows: one function for each address."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.stripe import spec
from tests.stripe.book import AVAILABLE, PENDING
from tests.stripe.company import NEEDED, PAYOUT_DAYS, Company, Thing, wants

LIST_MAX = 10


class Refusal(Exception):
    """Say no as Stripe does."""

    def __init__(
        self, status: int, code: str, message: str, kind: str = "invalid_request_error"
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.kind = status, code, message, kind

    def body(self) -> Thing:
        """Write the refusal."""
        return {"error": {"type": self.kind, "code": self.code, "message": self.message}}


@dataclass(frozen=True)
class Call:
    """Hold one call: the names in its path, what was given, and in whose account."""

    names: dict[str, str]
    given: dict[str, Any]
    account: str


Verb = Callable[[Company, Call], Thing]


def make_session(company: Company, call: Call) -> Thing:
    """POST /v1/checkout/sessions."""
    given = call.given
    price = given["line_items"][0]["price_data"]
    total = price["unit_amount"] * given["line_items"][0]["quantity"]
    session = company.make(
        "checkout.session",
        "cs",
        {
            "mode": given["mode"],
            "status": "open",
            "payment_status": "unpaid",
            "amount_total": total,
            "amount_subtotal": total,
            "currency": price["currency"],
            "client_reference_id": given["client_reference_id"],
            "metadata": given["metadata"],
            "success_url": given["success_url"],
            "expires_at": int((company.now() + timedelta(days=1)).timestamp()),
            "payment_method_types": ["card"],
        },
    )
    session["url"] = f"https://checkout.stripe.test/{session['id']}"
    return session


def make_account(company: Company, call: Call) -> Thing:
    """POST /v1/accounts."""
    given = call.given
    if given["country"] in ("CU", "IR", "KP", "SY"):
        raise Refusal(400, "country_unsupported", "Accounts in this country are not supported.")
    return company.make(
        "account",
        "acct",
        {
            "country": given["country"],
            "metadata": given["metadata"],
            "details_submitted": False,
            "payouts_enabled": False,
            "charges_enabled": False,
            "capabilities": {"transfers": "inactive"},
            "requirements": wants(NEEDED, "requirements.past_due"),
        },
    )


def make_link(company: Company, call: Call) -> Thing:
    """POST /v1/account_links."""
    _account(company, call.given["account"])
    now = int(company.now().timestamp())
    company.links += 1
    return {
        "object": "account_link",
        "created": now,
        "expires_at": now + 300,
        "url": f"https://connect.stripe.test/{call.given['account']}/{company.links}",
    }


def make_transfer(company: Company, call: Call) -> Thing:
    """POST /v1/transfers."""
    given = call.given
    account = _account(company, given["destination"])
    amount = _whole(given)
    if account["capabilities"]["transfers"] != "active":
        message = "Your destination account needs to have the transfers capability enabled."
        raise Refusal(400, "insufficient_capabilities_for_transfer", message)
    _afford(company, "", amount, given["currency"])
    transfer = company.make(
        "transfer",
        "tr",
        {
            "amount": amount,
            "currency": given["currency"],
            "destination": account["id"],
            "transfer_group": given.get("transfer_group"),
            "metadata": given["metadata"],
            "reversals": _list([], "/v1/transfers/reversals"),
        },
    )
    company.book.line("", "transfer", transfer, (-amount, 0), company.now())
    company.book.line(account["id"], "payment", transfer, (amount, 0), company.now())
    company.tell("transfer.created", transfer)
    return transfer


def make_reversal(company: Company, call: Call) -> Thing:
    """POST /v1/transfers/{id}/reversals."""
    transfer = _thing(company, call.names["id"], "transfer")
    amount = _whole(call.given)
    if amount > transfer["amount"] - transfer["amount_reversed"]:
        raise Refusal(400, "amount_too_large", "The transfer does not have that much left.")
    owner = transfer["destination"]
    _afford(company, owner, amount, transfer["currency"])
    reversal = company.make(
        "transfer_reversal",
        "trr",
        {
            "amount": amount,
            "currency": transfer["currency"],
            "transfer": transfer["id"],
            "metadata": call.given["metadata"],
        },
    )
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    company.book.line(owner, "payment_refund", reversal, (-amount, 0), company.now())
    company.book.line("", "transfer_refund", reversal, (amount, 0), company.now())
    company.tell("transfer.reversed", transfer)
    return reversal


def make_payout(company: Company, call: Call) -> Thing:
    """POST /v1/payouts, in a connected account."""
    account, amount = _account(company, call.account), _whole(call.given)
    if not account["payouts_enabled"]:
        raise Refusal(400, "payouts_not_allowed", "Payouts are not enabled on this account.")
    _afford(company, account["id"], amount, call.given["currency"])
    payout = company.make(
        "payout",
        "po",
        {
            "amount": amount,
            "currency": call.given["currency"],
            "status": "pending",
            "method": "standard",
            "type": "bank_account",
            "source_type": "card",
            "reconciliation_status": "not_applicable",
            "arrival_date": int((company.now() + timedelta(days=PAYOUT_DAYS)).timestamp()),
            "metadata": call.given["metadata"],
        },
        account["id"],
    )
    company.book.line(account["id"], "payout", payout, (-amount, 0), company.now())
    company.tell("payout.created", payout)
    return payout


def make_refund(company: Company, call: Call) -> Thing:
    """POST /v1/refunds."""
    charge, amount = _thing(company, call.given["charge"], "charge"), _whole(call.given)
    left = charge["amount"] - charge["amount_refunded"]
    if charge["disputed"]:
        raise Refusal(400, "charge_disputed", "This charge has been charged back.")
    if left == 0:
        raise Refusal(400, "charge_already_refunded", "This charge was refunded already.")
    if amount > left:
        raise Refusal(400, "amount_too_large", "The refund is greater than what is left.")
    _afford(company, "", amount, charge["currency"])
    refund = company.make(
        "refund",
        "re",
        {
            "amount": amount,
            "currency": charge["currency"],
            "charge": charge["id"],
            "status": "succeeded",
            "metadata": call.given["metadata"],
        },
    )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    company.book.line("", "refund", refund, (-amount, 0), company.now())
    company.tell("refund.created", refund)
    return refund


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
            return _account(company, ref)
        thing = _thing(company, ref, kind)
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


VERBS: dict[tuple[str, str], Verb] = {
    ("POST", "/v1/checkout/sessions"): make_session,
    ("GET", "/v1/checkout/sessions"): listing("checkout.session", "payment_intent"),
    ("GET", "/v1/checkout/sessions/{session}"): show("checkout.session", "session"),
    ("POST", "/v1/accounts"): make_account,
    ("GET", "/v1/accounts"): listing("account"),
    ("GET", "/v1/accounts/{account}"): show("account", "account"),
    ("POST", "/v1/account_links"): make_link,
    ("POST", "/v1/transfers"): make_transfer,
    ("GET", "/v1/transfers"): listing("transfer", "transfer_group", "destination"),
    ("GET", "/v1/transfers/{transfer}"): show("transfer", "transfer"),
    ("POST", "/v1/transfers/{id}/reversals"): make_reversal,
    ("GET", "/v1/transfers/{id}/reversals"): listing("transfer_reversal"),
    ("POST", "/v1/payouts"): make_payout,
    ("GET", "/v1/payouts"): listing("payout", "status"),
    ("GET", "/v1/payouts/{payout}"): show("payout", "payout"),
    ("POST", "/v1/refunds"): make_refund,
    ("GET", "/v1/refunds"): listing("refund", "charge"),
    ("GET", "/v1/refunds/{refund}"): show("refund", "refund"),
    ("GET", "/v1/disputes/{dispute}"): show("dispute", "dispute"),
    ("GET", "/v1/balance"): show_balance,
    ("GET", "/v1/balance_transactions"): list_lines,
    ("GET", "/v1/events"): listing("event"),
}


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
        return _list(newest[-limit:], url, has_more=len(newest) > limit)
    return _list(newest[:limit], url, has_more=len(newest) > limit)


def _list(data: list[Thing], url: str, *, has_more: bool = False) -> Thing:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def _thing(company: Company, ref: str, kind: str) -> Thing:
    thing = company.things.get(ref)
    if thing is None or thing["object"] != kind:
        raise Refusal(404, "resource_missing", f"No such {kind}: '{ref}'")
    return thing


def _account(company: Company, ref: str) -> Thing:
    if ref in company.cut:
        message = "The provided key does not have access to this account."
        raise Refusal(403, "account_invalid", message)
    return _thing(company, ref, "account")


def _whole(given: dict[str, Any]) -> int:
    if given["amount"] <= 0:
        raise Refusal(400, "parameter_invalid_integer", "This value must be greater than 0.")
    return int(given["amount"])


def _afford(company: Company, owner: str, amount: int, currency: str) -> None:
    if company.book.held(owner, AVAILABLE, currency) < amount:
        raise Refusal(400, "balance_insufficient", "You have insufficient available funds.")
