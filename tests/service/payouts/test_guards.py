"""The database itself refuses what the books must never hold; each guard is broken on purpose."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel.types import new_id
from tests.service.payouts.stories import Books

JOURNAL = (
    "INSERT INTO journals (id, kind, ref, source, currency, at)"
    " VALUES (:id, 'test', :ref, '', 'USD', now())"
)
POSTING = (
    "INSERT INTO postings (journal_id, place, account_id, currency, micros)"
    " SELECT :id, v.place, a.id, v.currency, v.micros FROM (VALUES {values})"
    " AS v(place, kind, currency, micros) JOIN accounts a ON a.kind = v.kind"
)
BALANCED = "(0, 'processor_available', 'USD', 5), (1, 'organisation_available', 'USD', -5)"


@pytest.fixture
def held(books: Books) -> Books:
    """Books with one journal in them."""
    books.give(new_id(), "10")
    return books


def refusal_of(books: Books, *statements: str, key: str = "") -> str:
    """Run statements in one transaction and return the name of the guard that refused them."""
    with pytest.raises(DBAPIError) as refusal, books.database.engine.begin() as connection:
        identity = {"id": new_id(), "ref": key or str(new_id())}
        for statement in statements:
            connection.execute(text(statement), identity)
    assert isinstance(refusal.value.orig, psycopg.Error)
    return str(refusal.value.orig.diag.constraint_name)


@pytest.mark.parametrize(
    "values",
    [
        "(0, 'processor_available', 'USD', 5), (1, 'organisation_available', 'USD', -4)",
        "(0, 'processor_available', 'USD', 5)",
    ],
)
def test_an_unbalanced_journal_is_refused(held: Books, values: str) -> None:
    assert refusal_of(held, JOURNAL, POSTING.format(values=values)) == "journals_balanced"


def test_an_empty_journal_is_refused(held: Books) -> None:
    assert refusal_of(held, JOURNAL) == "journals_balanced"


def test_a_journal_takes_no_later_postings(held: Books) -> None:
    later = POSTING.format(values=BALANCED).replace(":id,", "(SELECT id FROM journals LIMIT 1),")
    later = later.replace("v.place", "v.place + 10")
    assert refusal_of(held, later) == "postings_no_later_legs"


def test_a_journal_cannot_pretend_to_be_of_another_transaction(held: Books) -> None:
    forged = JOURNAL.replace("at)", "at, born)").replace("now())", "now(), 1)")
    assert refusal_of(held, forged) == "journals_balanced"


@pytest.mark.parametrize(
    ("table", "change"),
    [("journals", "source = 'x'"), ("postings", "micros = micros + 1")],
)
def test_the_books_cannot_be_changed_or_cut(held: Books, table: str, change: str) -> None:
    guard = f"{table}_never_change"
    assert refusal_of(held, f"UPDATE {table} SET {change}") == guard
    assert refusal_of(held, f"DELETE FROM {table}") == guard
    assert refusal_of(held, f"TRUNCATE {table} CASCADE") == guard


def test_an_account_never_leaves_and_moves_by_postings_only(held: Books) -> None:
    assert refusal_of(held, "DELETE FROM accounts") == "accounts_never_leave"
    assert refusal_of(held, "TRUNCATE accounts CASCADE") == "accounts_never_leave"
    moved = "UPDATE accounts SET balance = balance + 1"
    assert refusal_of(held, moved) == "accounts_move_by_postings"


def test_an_account_cannot_begin_with_money(held: Books) -> None:
    rich = (
        "INSERT INTO accounts (kind, owner, currency, sign, is_bounded, balance)"
        " VALUES ('bad_debt', 'platform', 'EUR', 1, false, 5)"
    )
    assert refusal_of(held, rich) == "ck_accounts_starts_at_zero"


def test_an_overdraft_is_refused(held: Books) -> None:
    values = (
        "(0, 'processor_available', 'USD', -10000001),"
        " (1, 'organisation_available', 'USD', 10000001)"
    )
    refused = refusal_of(held, JOURNAL, POSTING.format(values=values))
    assert refused == "ck_accounts_not_overdrawn"


def test_a_posting_in_another_currency_than_its_account_is_refused(held: Books) -> None:
    values = BALANCED.replace("USD", "EUR")
    refused = refusal_of(held, JOURNAL, POSTING.format(values=values))
    assert refused == "fk_postings_account_currency"


def test_a_posting_of_nothing_is_refused(held: Books) -> None:
    values = BALANCED.replace("-5", "0").replace("5", "0")
    refused = refusal_of(held, JOURNAL, POSTING.format(values=values))
    assert refused == "ck_postings_not_zero"


def test_a_second_journal_for_the_same_fact_is_refused(held: Books) -> None:
    legs = POSTING.format(values=BALANCED)
    again = JOURNAL.replace(":id", "gen_random_uuid()")
    assert refusal_of(held, JOURNAL, legs, again) == "uq_journals_kind_ref"


def test_a_second_reversal_of_a_journal_is_refused(held: Books) -> None:
    mirror = (
        "INSERT INTO journals (id, kind, ref, source, currency, at, reverses)"
        " SELECT gen_random_uuid(), 'reversal', gen_random_uuid()::text, '', 'USD', now(), id"
        " FROM journals WHERE kind = 'gift'"
    )
    assert refusal_of(held, mirror, mirror) == "uq_journals_reverses"


@pytest.mark.parametrize(
    ("columns", "guard"),
    [
        ("'job_budget', 'worker:1', 'USD', -1, true", "ck_accounts_owner_of_kind"),
        ("'job_budget', 'job:1', 'USD', 1, true", "ck_accounts_sign_of_kind"),
        ("'job_budget', 'job:1', 'USD', -1, false", "ck_accounts_bound_of_kind"),
        ("'treasure', 'job:1', 'USD', -1, false", "ck_accounts_owner_of_kind"),
    ],
)
def test_an_account_against_the_chart_is_refused(held: Books, columns: str, guard: str) -> None:
    insert = "INSERT INTO accounts (kind, owner, currency, sign, is_bounded) VALUES "
    assert refusal_of(held, f"{insert}({columns})") == guard


def test_two_accounts_of_one_kind_owner_and_currency_are_refused(held: Books) -> None:
    copy = (
        "INSERT INTO accounts (kind, owner, currency, sign, is_bounded)"
        " SELECT kind, owner, currency, sign, is_bounded FROM accounts"
    )
    assert refusal_of(held, copy) == "uq_accounts_kind_owner_currency"


def test_the_catalog_holds_every_guard(held: Books) -> None:
    triggers = {
        "journals_never_change",
        "postings_never_change",
        "accounts_never_leave",
        "accounts_move_by_postings",
        "postings_move_balances",
        "journals_balanced",
    }
    constraints = {
        "ck_accounts_owner_of_kind",
        "ck_accounts_sign_of_kind",
        "ck_accounts_bound_of_kind",
        "ck_accounts_not_overdrawn",
        "ck_accounts_starts_at_zero",
        "ck_postings_not_zero",
        "fk_postings_account_currency",
        "uq_accounts_kind_owner_currency",
        "uq_journals_kind_ref",
        "uq_journals_reverses",
        "uq_remote_calls_key",
        "uq_withdrawals_transfer_ref",
        "uq_withdrawals_payout_ref",
    }
    with held.database.engine.connect() as connection:
        enabled = set(
            connection.scalars(
                text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'")
            )
        )
        valid = set(
            connection.scalars(text("SELECT conname FROM pg_constraint WHERE convalidated"))
        )
        deferred = connection.scalar(
            text("SELECT tginitdeferred FROM pg_trigger WHERE tgname = 'journals_balanced'")
        )
    assert triggers <= enabled
    assert constraints <= valid
    assert deferred
