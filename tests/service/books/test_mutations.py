"""Each guard of the database is needed: with it an attack fails by its name, without it passes.

The attacks run in one transaction with the guard and in another from which the guard was dropped,
so a guard that is removed from the migrations makes its own test fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from kernel.identity import Identity
from kernel.types import new_id
from payouts import bonuses, chores, funding
from payouts.bonuses import Gift
from payouts.books import reconciling, resolving
from payouts.gateway import Ask, Done, Outcome
from payouts.transit import refunds, releases
from tests.service.payouts.stories import Books, usd
from tests.service.payouts.test_disbursement import FaultyLine

Admins = tuple[Identity, Identity]
TABLES = (
    *("accounts", "journals", "postings", "earnings", "fundings", "deposits", "withdrawals"),
    *("refunds", "remote_calls", "processor_events", "processor_lines", "line_resolutions"),
    *("withdrawal_releases", "chargebacks", "freezes", "bonuses", "payout_accounts"),
)
FRESH = {
    "uuid": "gen_random_uuid()",
    "bigint": "floor(random() * 1e15)::bigint",
    "integer": "floor(random() * 1e9)::integer",
    "smallint": "floor(random() * 1e4)::smallint",
}
# Implied by the primary key: it is there for a foreign key to name.
IMPLIED = {"uq_accounts_id_currency"}
LEG = (
    "INSERT INTO postings (journal_id, place, account_id, currency, micros)"
    " SELECT {journal}, {place}, id, currency, {micros} FROM accounts"
    " WHERE kind = 'processor_available'"
)
JOURNAL = (
    "INSERT INTO journals (id, kind, ref, source, currency, at)"
    " VALUES (gen_random_uuid(), 'attack', 'attack', '', 'USD', now())"
)
OLD = "(SELECT id FROM journals WHERE kind = 'deposit' LIMIT 1)"
IMMEDIATE = "SET CONSTRAINTS ALL IMMEDIATE"
TRIGGERS = {
    "journals_balanced": ("journals", [JOURNAL, IMMEDIATE]),
    "journals_never_change": ("journals", ["UPDATE journals SET source = 'x'"]),
    "postings_never_change": ("postings", ["DELETE FROM postings"]),
    "accounts_never_leave": ("accounts", ["DELETE FROM accounts WHERE postings_count < 0"]),
    "accounts_move_by_postings": ("accounts", ["UPDATE accounts SET balance = balance"]),
}
CHECKS = {
    "ck_accounts_owner_of_kind": "UPDATE accounts SET owner = 'worker:1' WHERE kind = 'job_budget'",
    "ck_accounts_sign_of_kind": "UPDATE accounts SET sign = -sign",
    "ck_accounts_bound_of_kind": "UPDATE accounts SET is_bounded = NOT is_bounded",
    "ck_accounts_not_overdrawn": "UPDATE accounts SET balance = -1 WHERE kind = 'job_budget'",
    "ck_accounts_starts_at_zero": "UPDATE accounts SET postings_count = 0, balance = 1",
    "ck_postings_not_zero": "UPDATE postings SET micros = 0",
    "ck_earnings_positive": "UPDATE earnings SET fee_micros = -1, job_micros = 0",
    "ck_earnings_job_share": "UPDATE earnings SET job_micros = -1",
    "ck_fundings_not_zero": "UPDATE fundings SET micros = 0",
    "ck_deposits_positive": "UPDATE deposits SET micros = 0, refunded_micros = 0",
    "ck_deposits_refunded_at_most_paid": "UPDATE deposits SET refunded_micros = micros + 1",
    "ck_withdrawals_positive": "UPDATE withdrawals SET micros = 0",
    "ck_withdrawals_reversed_at_most_sent": "UPDATE withdrawals SET reversed_micros = micros + 1",
    "ck_refunds_positive": "UPDATE refunds SET micros = 0",
    "ck_remote_calls_purpose_known": "UPDATE remote_calls SET purpose = 'gift'",
    "ck_processor_events_handled_or_waiting": "UPDATE processor_events SET handled_at = NULL",
    "ck_processor_lines_moves_something": "UPDATE processor_lines SET micros = 0, cost_micros = 0",
    "ck_line_resolutions_two_people": (
        "UPDATE line_resolutions SET second_by = proposed_by, decided_at = now()"
    ),
    "ck_line_resolutions_second_decides": "UPDATE line_resolutions SET second_by = 'x'",
    "ck_chargebacks_positive": "UPDATE chargebacks SET micros = 0",
    "ck_chargebacks_not_negative": "UPDATE chargebacks SET returned_micros = -1",
    "ck_chargebacks_borne_at_most_taken": "UPDATE chargebacks SET debt_micros = taken_micros + 1",
    "ck_bonuses_positive": "UPDATE bonuses SET micros = 0",
}
UNIQUE = (
    *("pk_accounts", "uq_accounts_kind_owner_currency"),
    *("pk_journals", "uq_journals_kind_ref", "uq_journals_reverses", "pk_postings"),
    *("pk_earnings", "pk_fundings", "pk_deposits", "uq_deposits_checkout_ref"),
    *("uq_deposits_charge_ref", "pk_withdrawals", "uq_withdrawals_open"),
    *("uq_withdrawals_transfer_ref", "uq_withdrawals_payout_ref", "pk_refunds"),
    *("uq_refunds_remote_ref", "pk_remote_calls", "uq_remote_calls_key"),
    *("uq_remote_calls_purpose_remote_ref", "uq_remote_calls_purpose_thing_id_number"),
    *("pk_processor_events", "uq_processor_events_position", "pk_processor_lines"),
    *("pk_line_resolutions", "uq_line_resolutions_open", "pk_withdrawal_releases"),
    *("pk_chargebacks", "pk_freezes", "uq_freezes_open", "pk_bonuses", "pk_payout_accounts"),
    "uq_payout_accounts_account_ref",
)


@pytest.fixture
def busy(books: Books, admins: Admins) -> Books:
    """Books with a row in every table of money."""
    organisation, worker, job = new_id(), new_id(), new_id()
    books.pay_in(new_id(), "5000")
    deposit = books.pay_in(organisation, "2000")
    books.pass_days(8)
    books.run(lambda uow: funding.fund(uow, job, organisation, usd("1600"), "f"))
    books.run(lambda uow: funding.reserve(uow, job, usd("1500"), "r"))
    books.earn_from(job, worker, "1500")
    gift = Gift(organisation, job, worker, "", usd("1"), 0, "for careful work")
    books.run(lambda uow: bonuses.give(uow, gift))
    books.run(lambda uow: refunds.request(uow, organisation, usd("10")))
    asked = books.withdraw(worker, "1500")
    for admin in admins:
        books.database.run(lambda uow: releases.release(uow, asked), admin)
    books.settle()
    books.processor.object_to(str(deposit.checkout_ref), usd("30"))
    books.processor.charge_for("radar", usd("3"))
    books.pass_days(3)
    reconciling.run(books.database, books.processor)
    (waiting,) = books.run(resolving.queue)
    other = new_id()
    books.earn(other, "5")
    books.withdraw(other, "5")
    why = "It is on the bill of November."
    books.run(lambda uow: resolving.propose(uow, waiting.line.ref, "rounding", None, why))
    slip = "UPDATE journals SET reverses = id WHERE kind = 'deposit'"
    with books.database.engine.begin() as line:
        line.execute(text("SET LOCAL session_replication_role = replica"))
        line.execute(text(slip))  # what only a slip would have, so that it can be copied
    return books


def refused_by(line: Connection, statements: Sequence[str]) -> str:
    """Run statements; return the name of the guard that refused them, or nothing."""
    nested = line.begin_nested()
    try:
        for statement in statements:
            line.execute(text(statement))
    except DBAPIError as error:
        assert isinstance(error.orig, psycopg.Error)
        return str(error.orig.diag.constraint_name)
    finally:
        nested.rollback()
    return ""


def hold(books: Books, guard: str, drop: str, attack: Sequence[str], *, bare: bool) -> list[str]:
    """Return who refuses the attack with a guard in place, and after it was dropped."""
    with books.database.engine.connect() as line:
        if bare:
            line.execute(text("SET LOCAL session_replication_role = replica"))
        with_it = refused_by(line, attack)
        line.execute(text(drop))
        without_it = refused_by(line, attack)
        line.rollback()
    return [with_it, "" if without_it == guard else "gone"]


def test_every_trigger_is_needed(busy: Books) -> None:
    for guard, (table, attack) in TRIGGERS.items():
        drop = f"DROP TRIGGER {guard} ON {table}"
        found = hold(busy, guard, drop, attack, bare=False)
        assert found == [guard, "gone"], guard


def test_late_postings_are_refused_and_balances_move_by_one_trigger(busy: Books) -> None:
    late = [LEG.format(journal=OLD, place=7, micros=5), LEG.format(journal=OLD, place=8, micros=-5)]
    drop = "DROP TRIGGER postings_move_balances ON postings"
    found = hold(busy, "postings_no_later_legs", drop, late, bare=False)
    assert found == ["postings_no_later_legs", "gone"]


def test_every_check_is_needed(busy: Books) -> None:
    for guard, attack in CHECKS.items():
        table = next(name for name in TABLES if guard.startswith(f"ck_{name}_"))
        drop = f"ALTER TABLE {table} DROP CONSTRAINT {guard}"
        found = hold(busy, guard, drop, [attack], bare=True)
        assert found == [guard, "gone"], guard


def test_every_key_is_needed(busy: Books) -> None:
    with busy.database.engine.connect() as line:
        keys = _keys(line)
        attacks = {guard: _copy(line, keys, guard) for guard in UNIQUE}
    for guard in UNIQUE:
        table, _, _, is_constraint = keys[guard]
        constraint = f"ALTER TABLE {table} DROP CONSTRAINT {guard} CASCADE"
        drop = constraint if is_constraint else f"DROP INDEX {guard}"
        found = hold(busy, guard, drop, [attacks[guard]], bare=True)
        assert found == [guard, "gone"], (guard, attacks[guard])


def test_the_catalog_holds_exactly_the_guards_above(busy: Books) -> None:
    with busy.database.engine.connect() as line:
        found = set(
            line.scalars(
                text(
                    "SELECT conname FROM pg_constraint JOIN pg_class c ON c.oid = conrelid"
                    " WHERE contype = 'c' AND c.relname = ANY(:tables)"
                ),
                {"tables": list(TABLES)},
            )
        )
        triggers = set(
            line.scalars(
                text(
                    "SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid"
                    " WHERE NOT tgisinternal AND tgenabled = 'O' AND c.relname = ANY(:tables)"
                ),
                {"tables": list(TABLES)},
            )
        )
        assert found == set(CHECKS)
        assert triggers == {*TRIGGERS, "postings_move_balances"}
        assert set(_keys(line)) == {*UNIQUE, *IMPLIED}


class Forgetful(FaultyLine):
    """A sender that stores no key: it makes one up each time, and cannot look anything up."""

    def send(self, ask: Ask, _key: str) -> Outcome:
        return super().send(ask, str(uuid4()))

    def find(self, _ask: Ask, _key: str) -> Done | None:
        return None


@pytest.mark.parametrize(("line", "sent"), [(FaultyLine, 1), (Forgetful, 2)])
def test_without_the_stored_key_a_lost_answer_pays_twice(
    books: Books, line: type[FaultyLine], sent: int
) -> None:
    worker = new_id()
    books.pay_in(new_id(), "500")
    books.pass_days(3)
    books.earn(worker, "5")
    books.withdraw(worker, "2")
    faulty = line(books.processor, "lost_answer")
    chores.send_due(books.database, faulty)
    books.clock.advance(timedelta(hours=1))
    chores.send_due(books.database, faulty)
    assert books.count("pretend_objects WHERE kind = 'Transfer'") == sent


Keys = dict[str, tuple[str, list[str], str, bool]]


def _keys(line: Connection) -> Keys:
    """Return every unique key: its table, columns, condition, and whether a constraint owns it."""
    rows = line.execute(
        text(
            "SELECT i.relname, t.relname, pg_get_expr(x.indpred, x.indrelid),"
            " EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid AND c.contype <> 'f'),"
            " ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = t.oid"
            " AND attnum = ANY(x.indkey))"
            " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid"
            " JOIN pg_class t ON t.oid = x.indrelid"
            " WHERE x.indisunique AND t.relname = ANY(:tables)"
        ),
        {"tables": list(TABLES)},
    )
    return {row[0]: (row[1], row[4], row[2] or "", row[3]) for row in rows}


def _copy(line: Connection, keys: Keys, guard: str) -> str:
    """Write a second row that collides in one key and is fresh in every other."""
    table, own, where, _ = keys[guard]
    types = dict(
        line.execute(
            text(
                "SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute"
                " WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped"
            ),
            {"table": table},
        ).all()
    )
    others = [set(columns) for of, columns, _, _ in keys.values() if of == table]
    free = [columns - set(own) for columns in others if not columns >= set(own)]
    fresh = {min(columns, key=lambda name: _rank(name, types[name])) for columns in free}
    values = [_fresh(name, kind) if name in fresh else name for name, kind in types.items()]
    where = " AND ".join(filter(None, [where, "owner LIKE '%:%'" if "owner" in fresh else ""]))
    known = " AND ".join([f"{name} IS NOT NULL" for name in own] + ([where] if where else []))
    names = ", ".join(types)
    return (
        f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE"
        f" SELECT {', '.join(values)} FROM {table} WHERE {known} LIMIT 1"
    )


def _rank(name: str, kind: str) -> tuple[bool, bool, str]:
    """Put first what may be changed without breaking another rule: ids, then references."""
    return name in ("currency", "kind", "purpose", "worker"), kind != "uuid", name


def _fresh(name: str, kind: str) -> str:
    return FRESH.get(kind, f"{name} || 'x'")
