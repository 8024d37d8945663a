"""Where the payment company tells us what happened, and admins see what came of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.web.http import endpoint, public, runtime
from kernel.web.pages import form, page
from payouts import gateway, policy
from payouts.gateway import Door
from payouts.states import EventState
from payouts.webhooks import hearing, listing, noting

BODY_BYTES_MAX = 512 * 1024
blueprint = Blueprint("webhooks", __name__)


@blueprint.post("/webhooks/stripe/platform")
@endpoint(public("webhook:platform"))
def from_platform(uow: UnitOfWork) -> tuple[str, int]:
    """Take in what happened in our own account."""
    return _take_in(uow, Door.PLATFORM)


@blueprint.post("/webhooks/stripe/connected")
@endpoint(public("webhook:connected"))
def from_connected(uow: UnitOfWork) -> tuple[str, int]:
    """Take in what happened in connected accounts."""
    return _take_in(uow, Door.CONNECTED)


@blueprint.get("/admin/events")
@page(policy.SEE_EVENTS, "money/webhooks.html")
def events(uow: UnitOfWork) -> dict[str, Any]:
    """List events, newest first, with what came of each."""
    before, state = request.args.get("before", ""), request.args.get("state", "")
    if (before and not before.isdecimal()) or state not in ("", *EventState):
        raise Refused("cursor_invalid", "This list has no such place.")
    found, next_before = listing.events(uow, state, int(before) if before else None)
    return {
        "found": found,
        "next_before": next_before,
        "state": state,
        "states": list(EventState),
        "waiting_count": noting.waiting_count(uow),
    }


@blueprint.post("/admin/events/<event_id>/retry")
@form(policy.RETRY_EVENT, events)
def retry(uow: UnitOfWork, event_id: str) -> str:
    """Look at an event's object once more."""
    hearing.retry(uow, event_id)
    flash("We are looking at it again.", "success")
    return "/admin/events"


def _take_in(uow: UnitOfWork, door: Door) -> tuple[str, int]:
    """Store an event by its id before saying yes; the object itself is read later."""
    request.max_content_length = BODY_BYTES_MAX
    here = runtime()
    processor = gateway.connect(here.settings, here.database)
    signature = request.headers.get("Stripe-Signature", "")
    event = processor.hear(request.get_data(cache=False), signature, door, uow.now)
    # Connected accounts tell a live address of their test events too: kept, and never acted on.
    noting.note(uow, [event], door, is_live=processor.is_live)
    return "", 200
