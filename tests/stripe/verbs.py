"""What the pretend Stripe does for each call it knows: one function for each address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.stripe import calls, showing
from tests.stripe.book import AVAILABLE
from tests.stripe.calls import Call, Refusal, Verb
from tests.stripe.company import NEEDED, PAYOUT_DAYS, Company, Thing, wants


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
    calls.account(company, call.given["account"])
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
    account = calls.account(company, given["destination"])
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
            "reversals": calls.a_list([], "/v1/transfers/reversals"),
        },
    )
    company.book.line("", "transfer", transfer, (-amount, 0), company.now())
    company.book.line(account["id"], "payment", transfer, (amount, 0), company.now())
    company.tell("transfer.created", transfer)
    return transfer


def make_reversal(company: Company, call: Call) -> Thing:
    """POST /v1/transfers/{id}/reversals."""
    transfer = calls.thing(company, call.names["id"], "transfer")
    amount = _whole(call.given)
    if amount > transfer["amount"] - transfer["amount_reversed"]:
        raise Refusal(400, "amount_too_large", "The transfer does not have that much left.")
    _afford(company, transfer["destination"], amount, transfer["currency"])
    return reverse(company, transfer, amount, call.given["metadata"])


def reverse(company: Company, transfer: Thing, amount: int, marks: Thing | None = None) -> Thing:
    """Take back a part of a transfer, as Stripe itself may even from an account that is empty."""
    owner = transfer["destination"]
    reversal = company.make(
        "transfer_reversal",
        "trr",
        {
            "amount": amount,
            "currency": transfer["currency"],
            "transfer": transfer["id"],
            "metadata": marks or {},
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
    account, amount = calls.account(company, call.account), _whole(call.given)
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
    charge, amount = calls.thing(company, call.given["charge"], "charge"), _whole(call.given)
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


VERBS: dict[tuple[str, str], Verb] = {
    ("POST", "/v1/checkout/sessions"): make_session,
    ("GET", "/v1/checkout/sessions"): showing.listing("checkout.session", "payment_intent"),
    ("GET", "/v1/checkout/sessions/{session}"): showing.show("checkout.session", "session"),
    ("POST", "/v1/accounts"): make_account,
    ("GET", "/v1/accounts"): showing.listing("account"),
    ("GET", "/v1/accounts/{account}"): showing.show("account", "account"),
    ("POST", "/v1/account_links"): make_link,
    ("POST", "/v1/transfers"): make_transfer,
    ("GET", "/v1/transfers"): showing.listing("transfer", "transfer_group", "destination"),
    ("GET", "/v1/transfers/{transfer}"): showing.show("transfer", "transfer"),
    ("POST", "/v1/transfers/{id}/reversals"): make_reversal,
    ("GET", "/v1/transfers/{id}/reversals"): showing.listing("transfer_reversal"),
    ("POST", "/v1/payouts"): make_payout,
    ("GET", "/v1/payouts"): showing.listing("payout", "status"),
    ("GET", "/v1/payouts/{payout}"): showing.show("payout", "payout"),
    ("POST", "/v1/refunds"): make_refund,
    ("GET", "/v1/refunds"): showing.listing("refund", "charge"),
    ("GET", "/v1/refunds/{refund}"): showing.show("refund", "refund"),
    ("GET", "/v1/disputes/{dispute}"): showing.show("dispute", "dispute"),
    ("GET", "/v1/balance"): showing.show_balance,
    ("GET", "/v1/balance_transactions"): showing.list_lines,
    ("GET", "/v1/events"): showing.listing("event"),
}


def _whole(given: dict[str, Any]) -> int:
    if given["amount"] <= 0:
        raise Refusal(400, "parameter_invalid_integer", "This value must be greater than 0.")
    return int(given["amount"])


def _afford(company: Company, owner: str, amount: int, currency: str) -> None:
    if company.book.held(owner, AVAILABLE, currency) < amount:
        raise Refusal(400, "balance_insufficient", "You have insufficient available funds.")
