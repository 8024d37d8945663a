"""Webhooks are hints: only true ones are taken in, each once, in any order; none is believed."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from kernel.errors import Conflict, Denied, DomainError, Refused, Unavailable
from kernel.money import Money
from kernel.types import new_id
from payouts import chores, onboarding
from payouts.gateway import Door, Event
from payouts.gateway.company import Access, Stripe
from payouts.models import PayoutAccount
from payouts.transit import refunds, withdrawals
from payouts.webhooks import applying, hearing, looking, noting
from payouts.webhooks.models import Chargeback, ProcessorEvent
from tests.service.payouts.stories import Books, a_worker, usd
from tests.stripe.deliveries import Deliveries, sign, thin
from tests.stripe.fixtures import Now
from tests.stripe.server import Stripe as Far


@pytest.fixture
def told(stripe_books: Books, gateway: Stripe, far: Far, now: Now) -> Deliveries:
    """What Stripe pushes, taken in as our addresses do."""

    def post(door: Door, body: str, signature: str) -> int:
        try:
            event = gateway.hear(body.encode(), signature, door, now())
        except DomainError:
            return 400
        stripe_books.run(lambda uow: noting.note(uow, [event], door, is_live=False))
        return 200

    return Deliveries(far.company, post)


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


@pytest.mark.parametrize(("seed", "is_thin"), [(0, False), (1, True), (2, False)])
def test_doubled_delayed_reordered_and_lost_events_end_in_the_same_books(
    stripe_books: Books, far: Far, told: Deliveries, now: Now, seed: int, is_thin: bool
) -> None:
    told.chance = random.Random(seed)
    told.dropped_share, told.doubled_share, told.delayed_share = 0.3, 0.5, 0.5
    told.is_reordered, told.is_thin = True, is_thin
    organisation, worker = new_id(), new_id()
    deposit = stripe_books.open_deposit(organisation, "100")
    far.company.pay(str(deposit.checkout_ref))
    _pass(stripe_books, told, now, days=3)
    stripe_books.run(lambda uow: refunds.request(uow, organisation, usd("30")))
    asked = _withdraw(stripe_books, far, told, now, worker, "12.34")
    _pass(stripe_books, told, now, days=2)
    done = stripe_books.withdrawal(asked)
    assert done.state == "paid"
    far.company.bounce(str(done.payout_ref))
    far.company.fail_refund(far.company.all("refund")[0]["id"])
    _pass(stripe_books, told, now, days=1)
    stripe_books.run(lambda uow: withdrawals.send_again(uow, worker, asked))
    _pass(stripe_books, told, now, days=2)
    assert stripe_books.withdrawal(asked).state == "paid"
    assert stripe_books.organisation("organisation_available", organisation) == "100.00"
    assert stripe_books.worker("processor_connected", worker) == "0.00"
    assert stripe_books.count("journals WHERE kind = 'payout_returned'") == 1
    assert stripe_books.count("processor_events WHERE handled_at IS NULL") == 0
    _agree(stripe_books, far)


def test_a_failed_payout_told_again_does_not_stop_the_next_one(
    stripe_books: Books, far: Far, told: Deliveries, now: Now
) -> None:
    worker = new_id()
    deposit = stripe_books.open_deposit(new_id(), "100")
    far.company.pay(str(deposit.checkout_ref))
    _pass(stripe_books, told, now, days=3)
    asked = _withdraw(stripe_books, far, told, now, worker, "5")
    account = _account(stripe_books, worker)
    failed = str(stripe_books.withdrawal(asked).payout_ref)
    far.company.bounce(failed)
    told.all()
    hearing.hear(stripe_books.database, stripe_books.processor)
    assert stripe_books.withdrawal(asked).failure.startswith("The bank account is closed.")
    stripe_books.run(lambda uow: withdrawals.send_again(uow, worker, asked))
    late = Event("evt_late", "payout.failed", failed, account)
    stripe_books.run(lambda uow: noting.note(uow, [late], Door.CONNECTED))
    hearing.hear(stripe_books.database, stripe_books.processor)
    assert stripe_books.withdrawal(asked).state == "transferred"
    _pass(stripe_books, told, now, days=2)
    assert stripe_books.withdrawal(asked).state == "paid"
    _agree(stripe_books, far)


def test_an_older_look_at_an_account_does_not_undo_a_newer_one(
    stripe_books: Books, far: Far, gateway: Stripe, now: Now
) -> None:
    worker = new_id()
    account = _opened(stripe_books, worker)
    began_at = now()
    older = gateway.read(account)
    far.company.fill_in(account)
    now.advance(timedelta(seconds=1))
    hearing.hear(stripe_books.database, gateway)
    stripe_books.run(lambda uow: noting.look_at(uow, account, every_seconds=1))
    hearing.hear(stripe_books.database, gateway)
    assert _state(stripe_books, worker) == "ready"
    assert older is not None
    stripe_books.run(lambda uow: applying.apply(uow, older, began_at))
    assert _state(stripe_books, worker) == "ready"


def test_a_card_holders_objection_is_owed_by_the_organisation_until_won(
    stripe_books: Books, far: Far, told: Deliveries, now: Now
) -> None:
    organisation = new_id()
    deposit = stripe_books.open_deposit(organisation, "100")
    charge = far.company.pay(str(deposit.checkout_ref))["id"]
    _pass(stripe_books, told, now, days=3)
    dispute = far.company.object_to(charge, 40_00)
    _pass(stripe_books, told, now, days=1)
    line = dispute["balance_transactions"][0]["id"]
    assert stripe_books.journal("chargeback", line) == {
        "chargeback_receivable": "40.00",
        "processor_available": "-40.00",
    }
    assert stripe_books.journal("dispute_cost", line) == {
        "dispute_cost": "15.00",
        "processor_available": "-15.00",
    }
    assert _chargeback(stripe_books, dispute["id"]).organisation == organisation
    _agree(stripe_books, far)
    far.company.rule(dispute["id"], "won")
    _pass(stripe_books, told, now, days=1)
    assert _chargeback(stripe_books, dispute["id"]).state == "won"
    assert stripe_books.organisation("chargeback_receivable", organisation) == "0.00"
    assert stripe_books.platform("dispute_cost") == "15.00"
    _agree(stripe_books, far)


def events(books: Books) -> list[ProcessorEvent]:
    query = select(ProcessorEvent).order_by(ProcessorEvent.position)
    return list(books.run(lambda uow: uow.session.scalars(query).all()))


def _pass(books: Books, told: Deliveries, now: Now, days: int) -> None:
    """Let days pass, hour by hour on the first, with everything told, looked at and done."""
    for hours in (0, 2, days * 24, 2):
        now.advance(timedelta(hours=hours))
        told.round()
        books.run(looking.look_again)
        books.settle()
    told.all()
    books.settle()


def _opened(books: Books, worker: UUID) -> str:
    books.run(lambda uow: a_worker(uow, worker))
    books.run(lambda uow: onboarding.begin(uow, worker, "https://here.test"))
    chores.send_due(books.database, books.processor)
    return _account(books, worker)


def _withdraw(
    books: Books, far: Far, told: Deliveries, now: Now, worker: UUID, amount: str
) -> UUID:
    books.earn(worker, amount)
    far.company.fill_in(_opened(books, worker))
    _pass(books, told, now, days=1)
    asked = books.withdraw(worker, amount).id
    books.settle()
    return asked


def _account(books: Books, worker: UUID) -> str:
    return str(books.run(lambda uow: uow.get(PayoutAccount, worker, "gone")).account_ref)


def _state(books: Books, worker: UUID) -> str:
    return str(books.run(lambda uow: uow.get(PayoutAccount, worker, "gone")).state)


def _chargeback(books: Books, ref: str) -> Chargeback:
    return books.run(lambda uow: uow.get(Chargeback, ref, "gone"))


def _agree(books: Books, far: Far) -> None:
    """Our books say of the processor's balance what its own book says."""
    given = books.count("journals WHERE kind = 'gift'") and sum(
        row[0]
        for row in books.run(
            lambda uow: uow.session.execute(
                text(
                    "SELECT p.micros FROM postings p JOIN journals j ON j.id = p.journal_id"
                    " JOIN accounts a ON a.id = p.account_id"
                    " WHERE j.kind = 'gift' AND a.kind = 'processor_available'"
                )
            ).all()
        )
    )
    ours = Money.parse(books.platform("processor_available"), "USD").micros - given
    assert ours == far.company.available() * 10_000
    assert books.broken() == []
