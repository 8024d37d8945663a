"""What Stripe's objects say, in our own values: each is read as it is now, never from an event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import stripe

from kernel.errors import Missing
from kernel.money import Money
from payouts.gateway import (
    AccountSeen,
    BalanceLine,
    ChargebackSeen,
    CheckoutSeen,
    PayoutSeen,
    RefundSeen,
    Seen,
    TakenBack,
    TransferSeen,
)
from payouts.gateway.line import code, money

Client = stripe.StripeClient
Line = stripe.BalanceTransaction
PAID_BY = ["payment_intent.latest_charge.balance_transaction"]
REVERSALS_PAGE = 100
NOT_PAID_OUT = ("failed", "canceled")
GONE = "The processor has no such object."
FAILURES = {
    "account_closed": "The bank account is closed. Please give another one.",
    "no_account": "There is no such bank account. Please give another one.",
    "debit_not_authorized": "The bank account takes no payments. Please give another one.",
    "invalid_account_number": "The number of the bank account is wrong. Please correct it.",
    "invalid_currency": "The bank account does not take this currency. Please give another one.",
}
SENT_BACK = "The bank sent the money back. Please check the bank details."


def read(client: Client, ref: str, account: str) -> Seen | None:
    """Read one object by its name; None if it is none of ours, Missing if there is none."""
    reader = READERS.get(ref.partition("_")[0])
    if reader is None:
        return None
    try:
        return reader(client, ref, account)
    except stripe.InvalidRequestError as error:
        if code(error) == "resource_missing" or error.http_status == 404:
            raise Missing("object_missing", GONE) from error
        raise


def line(given: Line) -> BalanceLine:
    """Show one line of a balance."""
    return BalanceLine(
        ref=given.id,
        kind=given.type,
        source_ref=_ref(given.source),
        amount=money(given.amount, given.currency),
        cost=money(given.fee, given.currency),
        created_at=moment(given.created),
        available_on=moment(given.available_on),
        is_available=given.status == "available",
    )


def moment(seconds: int) -> datetime:
    """Read a moment in Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def _checkout(client: Client, ref: str, _account: str) -> Seen | None:
    session = client.v1.checkout.sessions.retrieve(ref, {"expand": PAID_BY})
    return _show_checkout(session)


def _payment(client: Client, ref: str, _account: str) -> Seen | None:
    """Show the checkout by which a payment came, if one did."""
    found = client.v1.checkout.sessions.list({"payment_intent": ref, "limit": 1}).data
    return _checkout(client, found[0].id, "") if found else None


def _show_checkout(session: stripe.checkout.Session) -> CheckoutSeen | None:
    deposit = _mark(session.metadata, "deposit")
    if deposit is None or session.amount_total is None or session.currency is None:
        return None
    amount = money(session.amount_total, session.currency)
    charge = _charge(session)
    nothing = Money(0, amount.currency)
    if charge is None:
        state = "expired" if session.status == "expired" else "open"
        return CheckoutSeen(session.id, deposit, state, amount, nothing, "", None, False)
    booked = charge.balance_transaction
    assert isinstance(booked, Line), "asked for by expanding"
    shown = line(booked)
    if shown.cost.currency != amount.currency:
        raise ValueError(f"Checkout {session.id} was settled in {shown.cost.currency}.")
    return CheckoutSeen(
        ref=session.id,
        deposit=deposit,
        state="paid",
        amount=money(charge.amount_captured, charge.currency),
        cost=shown.cost,
        charge_ref=charge.id,
        available_on=shown.available_on,
        is_cleared=shown.is_available,
    )


def _charge(session: stripe.checkout.Session) -> stripe.Charge | None:
    """Return the charge that paid a checkout, once it is captured and booked."""
    intent = session.payment_intent
    if session.payment_status != "paid" or not isinstance(intent, stripe.PaymentIntent):
        return None
    charge = intent.latest_charge
    if intent.status != "succeeded" or not isinstance(charge, stripe.Charge):
        return None
    return charge if charge.balance_transaction is not None else None


def _transfer(client: Client, ref: str, _account: str) -> Seen | None:
    found = client.v1.transfers.retrieve(ref)
    withdrawal = _mark(found.metadata, "withdrawal")
    if withdrawal is None:
        return None
    amount = money(found.amount, found.currency)
    if not found.amount_reversed:
        return TransferSeen(ref, withdrawal, amount)
    page = client.v1.transfers.reversals.list(ref, {"limit": REVERSALS_PAGE})
    parts = [TakenBack(one.id, money(one.amount, one.currency)) for one in page.auto_paging_iter()]
    return TransferSeen(ref, withdrawal, amount, tuple(parts))


def _payout(client: Client, ref: str, account: str) -> Seen | None:
    found = client.v1.payouts.retrieve(ref, None, {"stripe_account": account} if account else None)
    withdrawal = _mark(found.metadata, "withdrawal")
    if withdrawal is None:
        return None
    if found.status in NOT_PAID_OUT:
        said = FAILURES.get(found.failure_code or "", SENT_BACK)
        return PayoutSeen(ref, withdrawal, "failed", said)
    return PayoutSeen(ref, withdrawal, "paid" if found.status == "paid" else "pending")


def _refund(client: Client, ref: str, _account: str) -> Seen | None:
    found = client.v1.refunds.retrieve(ref)
    refund = _mark(found.metadata, "refund")
    if refund is None:
        return None
    return RefundSeen(ref, refund, "failed" if found.status in NOT_PAID_OUT else "accepted")


def _chargeback(client: Client, ref: str, _account: str) -> Seen | None:
    found = client.v1.disputes.retrieve(ref)
    return ChargebackSeen(
        ref=ref,
        charge_ref=_ref(found.charge),
        state=_chargeback_state(found.status),
        reason=found.reason,
        amount=money(found.amount, found.currency),
        lines=tuple(line(each) for each in found.balance_transactions),
    )


def _chargeback_state(status: str) -> str:
    if status.startswith("warning") or status == "prevented":
        return "warned"
    return status if status in ("won", "lost") else "open"


def _account(client: Client, ref: str, _account: str) -> Seen | None:
    try:
        found = client.v1.accounts.retrieve(ref)
    except stripe.PermissionError as error:
        # Stripe shows an account no more once its holder has cut the tie to us.
        if code(error) == "account_invalid":
            return AccountSeen(ref, "closed", problem="disconnected")
        raise
    wanted = _requirements(found)
    due = sorted({*(wanted.currently_due or ()), *(wanted.past_due or ())}) if wanted else []
    return AccountSeen(
        ref=ref,
        state=_account_state(found),
        wants=tuple(due),
        checks=tuple(wanted.pending_verification or ()) if wanted else (),
        problem=(wanted.disabled_reason or "") if wanted else "",
        due_by=moment(wanted.current_deadline) if wanted and wanted.current_deadline else None,
    )


def _account_state(found: stripe.Account) -> str:
    wanted = _requirements(found)
    problem = (wanted.disabled_reason if wanted else None) or ""
    transfers = getattr(getattr(found, "capabilities", None), "transfers", None)
    if problem.startswith("rejected"):
        return "closed"
    if not getattr(found, "details_submitted", False):
        return "incomplete"
    if problem == "requirements.pending_verification":
        return "checking"
    if problem or (wanted and wanted.past_due):
        return "restricted"
    if getattr(found, "payouts_enabled", False) and transfers == "active":
        return "ready"
    return "checking" if transfers == "pending" else "restricted"


def _requirements(found: stripe.Account) -> stripe.Account.Requirements | None:
    """Return what an account must still tell; the field may be absent, which the SDK raises for."""
    wanted = getattr(found, "requirements", None)
    return wanted if isinstance(wanted, stripe.Account.Requirements) else None


def _mark(metadata: object, name: str) -> UUID | None:
    """Return the id of ours that an object carries, None on an object somebody else made."""
    marks = metadata.to_dict() if isinstance(metadata, stripe.StripeObject) else {}
    try:
        return UUID(str(marks[name]))
    except (KeyError, ValueError):
        return None


def _ref(named: object) -> str:
    return named if isinstance(named, str) else str(getattr(named, "id", ""))


READERS: dict[str, Callable[[Client, str, str], Seen | None]] = {
    "cs": _checkout,
    "pi": _payment,
    "tr": _transfer,
    "po": _payout,
    "re": _refund,
    "pyr": _refund,
    "du": _chargeback,
    "dp": _chargeback,
    "acct": _account,
}
