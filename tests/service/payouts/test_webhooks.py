"""Webhooks are hints: only true ones are taken in, each once, in any order; none is believed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel.errors import Conflict, Denied, Refused, Unavailable
from kernel.types import new_id
from payouts.gateway import Door, Event
from payouts.gateway.company import Access, Stripe
from payouts.webhooks import hearing, noting
from payouts.webhooks.models import ProcessorEvent
from tests.service.payouts.stories import Books
from tests.service.payouts.told import told
from tests.stripe.deliveries import Deliveries, sign, thin
from tests.stripe.fixtures import Now
from tests.stripe.server import Stripe as Far

__all__ = ["told"]


def an_event(far: Far) -> str:
    far.company.tell("checkout.session.completed", far.company.all("checkout.session")[0])
    return json.dumps(far.company.untold[-1])


@pytest.fixture
def told_body(stripe_books: Books, far: Far) -> str:
    """The body of an event about an open checkout."""
    stripe_books.open_deposit(new_id(), "20")
    return an_event(far)


def test_a_signed_event_of_this_moment_is_heard(gateway: Stripe, told_body: str, now: Now) -> None:
    heard = gateway.hear(
        told_body.encode(), sign(told_body, Door.PLATFORM, now()), Door.PLATFORM, now()
    )
    about = json.loads(told_body)
    assert heard == Event(about["id"], about["type"], about["data"]["object"]["id"], "", False)


def test_a_thin_event_says_the_same(gateway: Stripe, told_body: str, now: Now) -> None:
    full = gateway.hear(
        told_body.encode(), sign(told_body, Door.PLATFORM, now()), Door.PLATFORM, now()
    )
    body = json.dumps(thin(json.loads(told_body)))
    assert (
        gateway.hear(body.encode(), sign(body, Door.PLATFORM, now()), Door.PLATFORM, now()) == full
    )


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_stale_or_future_signature_is_refused(
    gateway: Stripe, told_body: str, now: Now, seconds: int
) -> None:
    signature = sign(told_body, Door.PLATFORM, now() + timedelta(seconds=seconds))
    with pytest.raises(Denied) as refusal:
        gateway.hear(told_body.encode(), signature, Door.PLATFORM, now())
    assert refusal.value.code == "signature_untimely"


def test_a_signature_that_does_not_fit_is_refused(
    gateway: Stripe, told_body: str, now: Now
) -> None:
    good = sign(told_body, Door.PLATFORM, now())
    for body, signature, door in (
        (told_body, good, Door.CONNECTED),
        (told_body + " ", good, Door.PLATFORM),
        (told_body, "", Door.PLATFORM),
        (told_body, "t=now,v1=0", Door.PLATFORM),
        (told_body, good.replace("v1=", "v0="), Door.PLATFORM),
        ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), good, Door.PLATFORM),
    ):
        with pytest.raises(Denied) as refusal:
            gateway.hear(body.encode("latin-1", "replace"), signature, door, now())
        assert refusal.value.code == "signature_wrong"


@pytest.mark.parametrize(
    "body", ["", "nonsense", "[]", "{}", '{"object": "event"}', '{"object": "v2.core.event"}', "7"]
)
def test_a_signed_body_that_is_no_event_is_refused(gateway: Stripe, now: Now, body: str) -> None:
    with pytest.raises(Refused) as refusal:
        gateway.hear(body.encode(), sign(body, Door.PLATFORM, now()), Door.PLATFORM, now())
    assert refusal.value.code == "event_unreadable"


def test_without_a_secret_nothing_is_believed(far: Far, told_body: str, now: Now) -> None:
    open_door = Stripe(Access("sk_test_1", far.url))
    with pytest.raises(Unavailable):
        open_door.hear(
            told_body.encode(), sign(told_body, Door.PLATFORM, now()), Door.PLATFORM, now()
        )


def test_an_event_told_twice_is_stored_once(
    stripe_books: Books, told: Deliveries, told_body: str
) -> None:
    told.doubled_share = 1.0
    told.all()
    assert stripe_books.count("processor_events") == 1


def test_an_event_of_another_mode_is_kept_and_never_acted_on(
    stripe_books: Books, gateway: Stripe
) -> None:
    live = Event("evt_live", "payout.paid", "po_1", "acct_1", is_live=True)
    stripe_books.run(lambda uow: noting.note(uow, [live], Door.CONNECTED, is_live=gateway.is_live))
    hearing.hear(stripe_books.database, gateway)
    (kept,) = events(stripe_books)
    assert (kept.state, kept.tries) == ("other_mode", 0)
    with pytest.raises(Conflict):
        stripe_books.run(lambda uow: hearing.retry(uow, "evt_live"))


def test_a_message_is_not_believed_the_object_is(
    stripe_books: Books, gateway: Stripe, told_body: str, told: Deliveries
) -> None:
    told.all()  # "completed", says the message; nobody has paid
    hearing.hear(stripe_books.database, gateway)
    assert {event.state for event in events(stripe_books)} == {"applied"}
    assert stripe_books.count("deposits WHERE state = 'open'") == 1
    assert stripe_books.count("journals") == 0


def test_an_unknown_or_foreign_object_is_said_to_be_so(stripe_books: Books, far: Far) -> None:
    foreign = far.company.make("refund", "re", {"amount": 1, "currency": "usd", "metadata": {}})
    for ref in ("cs_never", foreign["id"], "txr_1"):
        hint = Event(f"evt_{ref}", "some.kind", ref)
        stripe_books.run(lambda uow, hint=hint: noting.note(uow, [hint], Door.PLATFORM))
    hearing.hear(stripe_books.database, stripe_books.processor)
    assert [event.state for event in events(stripe_books)] == ["unknown", "not_ours", "not_ours"]


def test_what_cannot_be_read_waits_longer_each_time_and_can_be_retried(
    stripe_books: Books, far: Far, now: Now
) -> None:
    nobody = Stripe(Access("sk_test_1", "http://127.0.0.1:9", read_seconds=1))
    nobody.pause_seconds = 1 << 30
    stripe_books.run(lambda uow: noting.note(uow, [Event("evt_1", "x", "cs_never")], Door.PLATFORM))
    hearing.hear(stripe_books.database, stripe_books.processor)
    stripe_books.run(lambda uow: hearing.retry(uow, "evt_1"))
    waits = []
    for _ in range(3):
        again_at = hearing.hear(stripe_books.database, nobody)
        assert again_at is not None
        waits.append(again_at - now())
        now.advance(waits[-1])
    assert waits[0] < waits[1] < waits[2]
    (event,) = events(stripe_books)
    assert (event.state, event.failure) == (
        "waiting",
        "The payment processor did not answer. Please try again.",
    )
    stripe_books.run(lambda uow: hearing.retry(uow, "evt_1"))
    hearing.hear(stripe_books.database, stripe_books.processor)
    assert events(stripe_books)[0].state == "unknown"


def events(books: Books) -> list[ProcessorEvent]:
    query = select(ProcessorEvent).order_by(ProcessorEvent.position)
    return list(books.run(lambda uow: uow.session.scalars(query).all()))
