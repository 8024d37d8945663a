"""What Stripe tells us: signed events, full or thin, pushed to an address or listed on demand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import stripe

from kernel.errors import Denied, Refused, Unavailable
from payouts.gateway import Event
from payouts.gateway.line import code

AGE_SECONDS_MAX = 300
LISTED_MAX = 100
REF_MAX = 80
# Kinds that our own account is told of; Stripe lists by twenty kinds at most.
KINDS = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "transfer.created",
    "transfer.updated",
    "transfer.reversed",
]
ABOUT_ACCOUNTS = ("account.", "capability.", "person.")


def heard(told: bytes, signature: str, secret: str, now: datetime) -> Event:
    """Return the event of a pushed body that is signed with a secret, about now; else refuse."""
    if not secret:
        raise Unavailable("webhook_not_set_up", "The secret of this address is not set yet.")
    try:
        # Its age is checked below, on our clock and in both directions: the SDK takes any future.
        stripe.WebhookSignature.verify_header(told, signature, secret)
    except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
        raise Denied("signature_wrong", "The signature does not fit this message.") from error
    if abs(now.timestamp() - _signed_at(signature)) > AGE_SECONDS_MAX:
        raise Denied("signature_untimely", "This message was not signed within five minutes.")
    return _event(told)


def listed(client: stripe.StripeClient, after: str | None) -> Sequence[Event]:
    """List our own account's events since one, oldest first; from the newest if it is forgotten."""
    if after is not None:
        try:
            page = client.v1.events.list(
                {"types": KINDS, "limit": LISTED_MAX, "ending_before": after}
            )
            return [_full(each.to_dict()) for each in reversed(page.data)]
        except stripe.InvalidRequestError as error:
            if code(error) != "resource_missing":
                raise
    page = client.v1.events.list({"types": KINDS, "limit": LISTED_MAX})
    return [_full(each.to_dict()) for each in reversed(page.data)]


def _signed_at(signature: str) -> int:
    stamp = re.search(r"(?:^|,)t=(\d{1,12})(?:,|$)", signature)
    assert stamp is not None, "a signature without a moment is never right"
    return int(stamp[1])


def _event(told: bytes) -> Event:
    try:
        body = json.loads(told)
        return _thin(body) if body["object"] == "v2.core.event" else _full(body)
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("event_unreadable", "This message is not an event we can read.") from error


def _full(body: Mapping[str, Any]) -> Event:
    """Read an event that carries a copy of its object; of the copy only the name is used."""
    account = str(body.get("account") or "")
    kind = str(body["type"])
    about = account if kind.startswith(ABOUT_ACCOUNTS) else ""
    about = about or str(body["data"]["object"]["id"])
    return _bounded(Event(str(body["id"]), kind, about, account, bool(body["livemode"])))


def _thin(body: Mapping[str, Any]) -> Event:
    """Read an event that only names its object."""
    account = str(body.get("context") or "").rpartition("/")[2]
    kind = str(body["type"]).removeprefix("v1.")
    about = account if kind.startswith(ABOUT_ACCOUNTS) else ""
    about = about or str((body.get("related_object") or {}).get("id", ""))
    return _bounded(Event(str(body["id"]), kind, about, account, bool(body["livemode"])))


def _bounded(event: Event) -> Event:
    if max(map(len, (event.ref, event.kind, event.object_ref, event.account))) > REF_MAX:
        raise ValueError("No name of Stripe's is that long.")
    return event
