"""Each invariant notices what it is there for, and those about money at stake halt payouts."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text

from kernel.types import new_id
from payouts import accounts, chores, earnings, funding, invariants, ledger, queries
from payouts.books import reconciling, truths
from payouts.books.truths import Invariant
from payouts.transit import refunds
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
    "large_withdrawals_released": "UPDATE withdrawals SET eyes_wanted = 2",
    "gates_were_open": "UPDATE withdrawals SET gate_at_send = 'closed'",
    "chargebacks_add_up": "UPDATE chargebacks SET borne_micros = borne_micros - 1",
    "calls_are_attended": (
        "UPDATE remote_calls SET state = 'in_doubt', first_sent_at = first_sent_at - interval '2h'"
    ),
    "events_are_handled": (
        "UPDATE processor_events SET handled_at = NULL, state = 'waiting',"
        " received_at = received_at - interval '1 hour'"
    ),
    "processor_lines_are_booked": (
        "UPDATE processor_lines SET journal_id = NULL, at = at - interval '9 days'"
    ),
    "processor_agrees": "UPDATE reconciliations SET differences = jsonb_build_object('USD', 5)",
    "connected_accounts_are_covered": (
        "UPDATE accounts SET balance = -1 WHERE kind = 'processor_connected'"
    ),
    "refunds_within_charges": "UPDATE deposits SET refunded_micros = refunded_micros + 1",
    "fees_add_up": "UPDATE earnings SET fee_micros = fee_micros + 1",
    "available_is_cleared": ("UPDATE accounts SET balance = -1 WHERE kind = 'processor_available'"),
}
OURS = invariants.names(truths.MONEY)


@pytest.fixture
def busy(books: Books) -> Books:
    """Books in which everything has happened once."""
    organisation, job, worker = new_id(), new_id(), new_id()
    deposit = books.pay_in(organisation, "100")
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
    books.processor.object_to(str(deposit.checkout_ref), usd("30"))
    books.settle()
    reconciling.run(books.database, books.processor)
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
        sql = invariants.REGISTRY[name].sql
        given = {"now": busy.clock.now()} if ":now" in sql else {}
        found = connection.execute(text(sql), given).all()
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


def test_other_packages_may_add_their_own_once(books: Books) -> None:
    truth = Invariant("two_is_two", "Two is two.", "SELECT 2 WHERE 2 <> 2", False, about="sums")
    invariants.register(truth)
    invariants.register(truth)
    assert books.broken() == []
    assert books.run(lambda uow: invariants.check(uow, "sums")) == []
    assert invariants.names("sums") == ["two_is_two"]
    with pytest.raises(AssertionError):
        invariants.register(replace(truth, sql="SELECT 1"))


def _approve(books: Books, job: UUID, worker: UUID) -> None:
    approval = books.an_approval(job, worker, "5", "1")
    books.run(lambda uow: earnings.approve_many(uow, [approval]))


def _slip(job: UUID) -> list[ledger.Leg]:
    source = accounts.job("job_budget", job, "USD")
    return ledger.move(source, accounts.job("job_reserved", job, "USD"), usd("1"))
