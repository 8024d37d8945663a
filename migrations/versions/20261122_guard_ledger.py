"""Let the database itself refuse what the books must never hold: triggers on the ledger."""

from __future__ import annotations

from alembic import op

revision = "20261122_guard_ledger"
down_revision = "20261122_create_tables"
branch_labels = None
depends_on = None

REFUSE_CHANGE = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the books only grow', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$
"""

# Accounts are locked in id order before they move, so that two batches over the same accounts
# wait for each other instead of deadlocking. NO KEY leaves foreign key checks unhindered.
MOVE_BALANCES = """
CREATE FUNCTION ledger_move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added JOIN journals ON journals.id = added.journal_id
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

CHECK_JOURNAL = """
CREATE FUNCTION ledger_check_journal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    legs bigint;
    total numeric;
    strays bigint;
BEGIN
    SELECT count(*), sum(micros), count(*) FILTER (WHERE currency <> NEW.currency)
        INTO legs, total, strays FROM postings WHERE journal_id = NEW.id;
    IF legs < 2 OR total <> 0 OR strays > 0 OR NEW.born <> pg_current_xact_id()::text::bigint THEN
        RAISE EXCEPTION 'journal % does not balance: % postings, sum %', NEW.id, legs, total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journals_balanced';
    END IF;
    RETURN NULL;
END $$
"""

TRIGGERS = {
    "journals_never_change": """
        CREATE TRIGGER journals_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON journals
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    "postings_never_change": """
        CREATE TRIGGER postings_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON postings
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    "accounts_never_leave": """
        CREATE TRIGGER accounts_never_leave BEFORE DELETE OR TRUNCATE ON accounts
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    "accounts_move_by_postings": """
        CREATE TRIGGER accounts_move_by_postings BEFORE UPDATE ON accounts
        FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
        EXECUTE FUNCTION ledger_refuse_change()""",
    "postings_move_balances": """
        CREATE TRIGGER postings_move_balances AFTER INSERT ON postings
        REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_move_balances()""",
    "journals_balanced": """
        CREATE CONSTRAINT TRIGGER journals_balanced AFTER INSERT ON journals
        DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION ledger_check_journal()""",
}
FUNCTIONS = ("ledger_refuse_change", "ledger_move_balances", "ledger_check_journal")


def upgrade() -> None:
    """Apply."""
    for statement in (REFUSE_CHANGE, MOVE_BALANCES, CHECK_JOURNAL, *TRIGGERS.values()):
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    for name in TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON {name.split('_')[0]}")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
