"""However badly Stripe tells us of it, what happened there ends in the same books here."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from kernel.types import new_id
from payouts.gateway import Door, Event
from payouts.gateway.company import Stripe
from payouts.transit import holding, refunds, withdrawals
from payouts.webhooks import applying, hearing, noting
from tests.service.payouts.stories import Books, a_worker, usd
from tests.service.payouts.told import (
    account_of,
    assert_agreed,
    chargeback,
    compare,
    opened,
    paid,
    pass_days,
    state_of,
    told,
    withdrawn,
)
from tests.stripe.deliveries import Deliveries
from tests.stripe.fixtures import Now
from tests.stripe.server import Stripe as Far

__all__ = ["told"]


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
    pass_days(stripe_books, told, now, days=3)
    stripe_books.run(lambda uow: refunds.request(uow, organisation, usd("30")))
    asked = withdrawn(stripe_books, far, told, now, worker, "12.34")
    pass_days(stripe_books, told, now, days=2)
    done = stripe_books.withdrawal(asked)
    assert done.state == "paid"
    far.company.bounce(str(done.payout_ref))
    far.company.fail_refund(far.company.all("refund")[0]["id"])
    pass_days(stripe_books, told, now, days=1)
    stripe_books.run(lambda uow: withdrawals.send_again(uow, worker, asked))
    pass_days(stripe_books, told, now, days=2)
    assert stripe_books.withdrawal(asked).state == "paid"
    assert stripe_books.organisation("organisation_available", organisation) == "100.00"
    assert stripe_books.worker("processor_connected", worker) == "0.00"
    assert stripe_books.count("journals WHERE kind = 'payout_returned'") == 1
    assert stripe_books.count("processor_events WHERE handled_at IS NULL") == 0
    assert_agreed(stripe_books, far)


@pytest.mark.parametrize(("seed", "is_thin"), [(3, True), (4, False), (5, False)])
def test_objections_and_recalls_end_in_the_same_books_and_lines(
    stripe_books: Books, far: Far, told: Deliveries, now: Now, seed: int, is_thin: bool
) -> None:
    told.chance = random.Random(seed)
    told.dropped_share, told.doubled_share, told.delayed_share = 0.4, 0.5, 0.5
    told.is_reordered, told.is_thin = True, is_thin
    organisation, worker = new_id(), new_id()
    stripe_books.run(lambda uow: a_worker(uow, worker, "TH"))
    charge = paid(stripe_books, far, organisation)
    pass_days(stripe_books, told, now, days=3)
    dispute = far.company.object_to(charge, 40_00)["id"]
    asked = withdrawn(stripe_books, far, told, now, worker, "12.34")
    compare(stripe_books)  # before the news of it has come
    pass_days(stripe_books, told, now, days=1)
    far.company.bounce(str(stripe_books.withdrawal(asked).payout_ref))
    far.company.rule(dispute, "lost")
    pass_days(stripe_books, told, now, days=9)
    assert stripe_books.run(holding.enforce) == (0, 1)
    far.company.rule(dispute, "won")
    pass_days(stripe_books, told, now, days=3)
    assert chargeback(stripe_books, dispute).state == "won"
    assert stripe_books.organisation("organisation_available", organisation) == "100.00"
    assert stripe_books.withdrawal(asked).state == "failed"
    assert stripe_books.worker("worker_available", worker) == "12.34"
    compare(stripe_books)
    assert stripe_books.count("processor_lines WHERE journal_id IS NULL") == 0
    assert stripe_books.platform("processor_unmatched") == "0.00"
    assert stripe_books.count("processor_lines") == 5, "paid, taken, sent, back, given back"


def test_a_failed_payout_told_again_does_not_stop_the_next_one(
    stripe_books: Books, far: Far, told: Deliveries, now: Now
) -> None:
    worker = new_id()
    deposit = stripe_books.open_deposit(new_id(), "100")
    far.company.pay(str(deposit.checkout_ref))
    pass_days(stripe_books, told, now, days=3)
    asked = withdrawn(stripe_books, far, told, now, worker, "5")
    account = account_of(stripe_books, worker)
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
    pass_days(stripe_books, told, now, days=2)
    assert stripe_books.withdrawal(asked).state == "paid"
    assert_agreed(stripe_books, far)


def test_an_older_look_at_an_account_does_not_undo_a_newer_one(
    stripe_books: Books, far: Far, gateway: Stripe, now: Now
) -> None:
    worker = new_id()
    account = opened(stripe_books, worker)
    began_at = now()
    older = gateway.read(account)
    far.company.fill_in(account)
    now.advance(timedelta(seconds=1))
    hearing.hear(stripe_books.database, gateway)
    stripe_books.run(lambda uow: noting.look_at(uow, account, every_seconds=1))
    hearing.hear(stripe_books.database, gateway)
    assert state_of(stripe_books, worker) == "ready"
    assert older is not None
    stripe_books.run(lambda uow: applying.apply(uow, older, began_at))
    assert state_of(stripe_books, worker) == "ready"


def test_a_card_holders_objection_is_owed_by_the_organisation_until_won(
    stripe_books: Books, far: Far, told: Deliveries, now: Now
) -> None:
    organisation = new_id()
    deposit = stripe_books.open_deposit(organisation, "100")
    charge = far.company.pay(str(deposit.checkout_ref))["id"]
    pass_days(stripe_books, told, now, days=3)
    dispute = far.company.object_to(charge, 40_00)
    pass_days(stripe_books, told, now, days=1)
    line = dispute["balance_transactions"][0]["id"]
    assert stripe_books.journal("chargeback", line) == {
        "chargeback_receivable": "40.00",
        "processor_available": "-40.00",
    }
    assert stripe_books.journal("dispute_cost", line) == {
        "dispute_cost": "15.00",
        "processor_available": "-15.00",
    }
    assert chargeback(stripe_books, dispute["id"]).organisation == organisation
    assert_agreed(stripe_books, far)
    far.company.rule(dispute["id"], "won")
    pass_days(stripe_books, told, now, days=1)
    assert chargeback(stripe_books, dispute["id"]).state == "won"
    assert stripe_books.organisation("chargeback_receivable", organisation) == "0.00"
    assert stripe_books.platform("dispute_cost") == "15.00"
    assert_agreed(stripe_books, far)
