"""Each invariant notices what it is there for, and those about money at stake halt payouts."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import text

from kernel.types import new_id
from payouts import accounts, chores, earnings, funding, invariants, ledger, queries
from payouts.transit import refunds
from tests.service.payouts.conftest import OF_WORK
from tests.service.payouts.stories import Books, usd

DAMAGE = {
    "journals_balance": "DELETE FROM postings WHERE place = 0",
    "currencies_balance": "UPDATE postings SET micros = micros + 1 WHERE place = 0",
    "balances_match_postings": "UPDATE accounts SET postings_count = postings_count + 1",
    "nobody_is_overdrawn": "UPDATE accounts SET balance = -1 WHERE kind = 'job_budget'",
    "job_money_adds_up": "UPDATE fundings SET micros = micros + 1",
    "assignments_paid_once": "DELETE FROM earnings",
    "reversals_mirror": (
        "UPDATE postings SET micros = micros * 2 WHERE journal_id IN"
        " (SELECT id FROM journals WHERE reverses IS NOT NULL)"
    ),
    "worker_money_adds_up": "UPDATE earnings SET micros = micros + 1",
    "withdrawals_sent_once": (
        "INSERT INTO journals (id, kind, ref, source, currency, at)"
        " SELECT gen_random_uuid(), 'transfer', ref || '/2', source, currency, at FROM journals"
        " WHERE kind = 'transfer'"
    ),
    "refunds_within_charges": "UPDATE deposits SET refunded_micros = refunded_micros + 1",
    "fees_add_up": "UPDATE earnings SET fee_micros = fee_micros + 1",
    "available_is_cleared": ("UPDATE accounts SET balance = -1 WHERE kind = 'processor_available'"),
}
OURS = [name for name in invariants.names() if name not in OF_WORK]


@pytest.fixture
def busy(books: Books) -> Books:
    """Books in which everything has happened once."""
    organisation, job, worker = new_id(), new_id(), new_id()
    books.pay_in(organisation, "100")
    books.run(lambda uow: funding.fund(uow, job, organisation, usd("50"), "f"))
    books.run(lambda uow: funding.reserve(uow, job, usd("20"), "r"))
    _approve(books, job, worker)
    books.pass_days(8)
    slip = books.run(lambda uow: ledger.post(uow, ledger.Draft("slip", "1", _slip(job))))
    books.run(lambda uow: ledger.reverse(uow, slip))
    books.withdraw(worker, "2")
    books.run(lambda uow: refunds.request(uow, organisation, usd("10")))
    books.settle()
    books.pass_days(2)
    assert books.broken() == []
    return books


@pytest.mark.parametrize("name", list(DAMAGE))
def test_an_invariant_notices_its_damage(busy: Books, name: str) -> None:
    with busy.database.engine.connect() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        if name == "nobody_is_overdrawn":  # the guard that makes it impossible goes first
            drop = "ALTER TABLE accounts DROP CONSTRAINT ck_accounts_not_overdrawn"
            connection.execute(text(drop))
        connection.execute(text(DAMAGE[name]))
        found = connection.execute(text(invariants.REGISTRY[name].sql)).all()
        connection.rollback()
    assert found


def test_every_invariant_of_the_books_is_damaged_above() -> None:
    assert set(DAMAGE) == set(OURS)


def test_damage_to_the_books_halts_payouts(busy: Books) -> None:
    with busy.database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(DAMAGE["balances_match_postings"]))
    assert "balances_match_postings" in {one.name for one in busy.run(chores.inspect)}
    assert busy.run(queries.is_halted)
    assert busy.count("outbox WHERE name = 'payouts.BooksBroken'") == 1


def test_a_broken_alert_does_not_halt_payouts(busy: Books) -> None:
    with busy.database.engine.begin() as connection:
        connection.execute(text(DAMAGE["refunds_within_charges"]))
    (one,) = busy.run(chores.inspect)
    assert (one.name, one.halts) == ("refunds_within_charges", False)
    assert not busy.run(queries.is_halted)


def test_other_packages_may_add_their_own(books: Books) -> None:
    invariants.register("two_is_two", "SELECT 2 WHERE 2 <> 2")
    try:
        assert books.broken() == []
        with pytest.raises(AssertionError):
            invariants.register("two_is_two", "SELECT 1")
    finally:
        del invariants.REGISTRY["two_is_two"]


def _approve(books: Books, job: UUID, worker: UUID) -> None:
    approval = books.an_approval(job, worker, "5", "1")
    books.run(lambda uow: earnings.approve_many(uow, [approval]))


def _slip(job: UUID) -> list[ledger.Leg]:
    source = accounts.job("job_budget", job, "USD")
    return ledger.move(source, accounts.job("job_reserved", job, "USD"), usd("1"))
