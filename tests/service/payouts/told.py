"""Days on which Stripe tells us things, well or badly, and what our books must say after them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from kernel.errors import DomainError
from kernel.money import Money
from payouts import chores, onboarding
from payouts.books import reconciling
from payouts.gateway import Door
from payouts.gateway.company import Stripe
from payouts.models import PayoutAccount
from payouts.webhooks import looking, noting
from payouts.webhooks.models import Chargeback
from tests.service.payouts.stories import Books, a_worker
from tests.stripe.deliveries import Deliveries
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


def pass_days(books: Books, told: Deliveries, now: Now, days: int) -> None:
    """Let days pass, hour by hour on the first, with everything told, looked at and done."""
    for hours in (0, 2, days * 24, 2):
        now.advance(timedelta(hours=hours))
        told.round()
        books.run(looking.look_again)
        books.settle()
    told.all()
    books.settle()


def opened(books: Books, worker: UUID) -> str:
    books.run(lambda uow: a_worker(uow, worker))
    books.run(lambda uow: onboarding.begin(uow, worker, "https://here.test"))
    chores.send_due(books.database, books.processor)
    return account_of(books, worker)


def withdrawn(
    books: Books, far: Far, told: Deliveries, now: Now, worker: UUID, amount: str
) -> UUID:
    books.earn(worker, amount)
    far.company.fill_in(opened(books, worker))
    pass_days(books, told, now, days=1)
    asked = books.withdraw(worker, amount).id
    books.settle()
    return asked


def account_of(books: Books, worker: UUID) -> str:
    return str(books.run(lambda uow: uow.get(PayoutAccount, worker, "gone")).account_ref)


def state_of(books: Books, worker: UUID) -> str:
    return str(books.run(lambda uow: uow.get(PayoutAccount, worker, "gone")).state)


def chargeback(books: Books, ref: str) -> Chargeback:
    return books.run(lambda uow: uow.get(Chargeback, ref, "gone"))


def assert_agreed(books: Books, far: Far) -> None:
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


def paid(books: Books, far: Far, organisation: UUID) -> str:
    """Let an organisation pay in a hundred dollars; return the charge."""
    deposit = books.open_deposit(organisation, "100")
    return str(far.company.pay(str(deposit.checkout_ref))["id"])


def compare(books: Books) -> None:
    """Compare our books with Stripe's lines."""
    reconciling.run(books.database, books.processor)
