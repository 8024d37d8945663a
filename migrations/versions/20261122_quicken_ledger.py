"""Write journals with each account looked up once, and with fewer statements for each of them."""

from __future__ import annotations

from alembic import op

revision = "20261122_quicken_ledger"
down_revision = "20261122_see_reversals"
branch_labels = None
depends_on = None
# One call writes many journals: a sender waits for one answer. The inner block is a savepoint, so
# an overdraft leaves the transaction usable; it is told by a null. One plan serves every call: each
# row is found by its key, however many there are. Accounts that are there already, and journals
# that are all new, which is nearly always so, take one statement each.
WRITE = """
CREATE FUNCTION ledger_write(
    moment timestamptz, account_kinds text[], account_owners text[], account_currencies text[],
    account_signs smallint[], account_bounds boolean[], ids uuid[], kinds text[], refs text[],
    sources text[], currencies text[], reversed uuid[], leg_journals integer[],
    leg_places smallint[], leg_accounts integer[], leg_micros bigint[]
) RETURNS TABLE (journal uuid, is_new boolean) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    known bigint[];
    written boolean[];
    count bigint;
    guard text;
BEGIN
    FOR attempt IN 1..2 LOOP
        SELECT array_agg(a.id ORDER BY k.place) INTO known
            FROM unnest(account_kinds, account_owners, account_currencies) WITH ORDINALITY
                AS k(kind, owner, currency, place)
            LEFT JOIN accounts a USING (kind, owner, currency);
        EXIT WHEN array_position(known, NULL) IS NULL;
        INSERT INTO accounts (kind, owner, currency, sign, is_bounded)
            SELECT k.kind, k.owner, k.currency, k.sign, k.is_bounded
            FROM unnest(
                account_kinds, account_owners, account_currencies, account_signs, account_bounds
            ) AS k(kind, owner, currency, sign, is_bounded)
            ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING;
    END LOOP;
    INSERT INTO journals (id, kind, ref, source, currency, at, reverses)
        SELECT j.id, j.kind, j.ref, j.source, j.currency, moment, j.reverses
        FROM unnest(ids, kinds, refs, sources, currencies, reversed) WITH ORDINALITY
            AS j(id, kind, ref, source, currency, reverses, place)
        ORDER BY j.kind, j.ref, j.place ON CONFLICT (kind, ref) DO NOTHING;
    GET DIAGNOSTICS count = ROW_COUNT;
    written := array_fill(true, ARRAY[cardinality(ids)]);
    IF count < cardinality(ids) THEN
        SELECT array_agg(old.id = j.id ORDER BY j.place), array_agg(old.id ORDER BY j.place)
            INTO written, ids
            FROM unnest(ids, kinds, refs) WITH ORDINALITY AS j(id, kind, ref, place)
            JOIN journals old ON old.kind = j.kind AND old.ref = j.ref;
    END IF;
    INSERT INTO postings (journal_id, place, account_id, currency, micros)
        SELECT ids[l.journal], l.place, known[l.account], currencies[l.journal], l.micros
        FROM unnest(leg_journals, leg_places, leg_accounts, leg_micros)
            AS l(journal, place, account, micros)
        WHERE written[l.journal];
    RETURN QUERY SELECT * FROM unnest(ids, written);
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS guard = CONSTRAINT_NAME;
    IF guard <> 'ck_accounts_not_overdrawn' THEN
        RAISE;
    END IF;
    RETURN QUERY SELECT NULL::uuid, NULL::boolean;
END $$
"""
# As before, but that each journal is looked at once and not for each of its postings.
MOVE_BALANCES = """
CREATE OR REPLACE FUNCTION ledger_move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT journal_id FROM added) AS touched
        JOIN journals ON journals.id = touched.journal_id
        WHERE journals.born <> pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION 'a journal takes no postings after the transaction that wrote it'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'postings_no_later_legs';
    END IF;
    PERFORM FROM accounts WHERE id IN (SELECT account_id FROM added)
        ORDER BY id FOR NO KEY UPDATE;
    UPDATE accounts SET
        balance = accounts.balance + accounts.sign * moved.micros,
        postings_count = accounts.postings_count + moved.postings_count
    FROM (
        SELECT account_id, sum(micros) AS micros, count(*) AS postings_count
        FROM added GROUP BY account_id
    ) AS moved
    WHERE accounts.id = moved.account_id;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(WRITE)
    op.execute(MOVE_BALANCES)
    op.execute("DROP FUNCTION ledger_post")


def downgrade() -> None:
    """Take back."""
    op.execute("DROP FUNCTION ledger_write")
    context = op.get_context().environment_context
    assert context is not None, "revisions are run by migrations/env.py"
    earlier = context.script
    op.execute(earlier.get_revision("20261122_keep_books_honest").module.POST)
    older = earlier.get_revision("20261122_guard_ledger").module.MOVE_BALANCES
    op.execute(older.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
