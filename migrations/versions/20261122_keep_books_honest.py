"""Keep what the processor says beside our books, and who decides about money that is odd."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_keep_books_honest"
down_revision = "20261122_add_quality"
branch_labels = None
depends_on = None
OPEN = "state IN ('requested', 'transferred', 'sent', 'stuck')"
OPEN_WITH_RECALLS = "state IN ('requested', 'transferred', 'sent', 'stuck', 'recalling')"
BORNE = {
    "taken_micros": None,
    "returned_micros": None,
    "borne_micros": "by the organisation",
    "reserve_micros": "by the reserve",
    "debt_micros": "by the platform",
}
# One call writes many journals: a sender waits for one answer instead of six. The inner block is
# a savepoint, so an overdraft leaves the transaction usable; it is told by a null. One plan serves
# every call: each row is found by its key, however many there are.
POST = """
CREATE FUNCTION ledger_post(
    moment timestamptz, ids uuid[], kinds text[], refs text[], sources text[], currencies text[],
    reversed uuid[], leg_of integer[], leg_places smallint[], leg_kinds text[], leg_owners text[],
    leg_currencies text[], leg_signs smallint[], leg_bounds boolean[], leg_micros bigint[]
) RETURNS TABLE (number integer, journal uuid, is_new boolean) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    written boolean[];
    guard text;
BEGIN
    INSERT INTO accounts (kind, owner, currency, sign, is_bounded)
        SELECT DISTINCT l.kind, l.owner, l.currency, l.sign, l.is_bounded
        FROM unnest(leg_kinds, leg_owners, leg_currencies, leg_signs, leg_bounds)
            AS l(kind, owner, currency, sign, is_bounded)
        WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.kind = l.kind AND a.owner = l.owner
            AND a.currency = l.currency)
        ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING;
    INSERT INTO journals (id, kind, ref, source, currency, at, reverses)
        SELECT j.id, j.kind, j.ref, j.source, j.currency, moment, j.reverses
        FROM unnest(ids, kinds, refs, sources, currencies, reversed) WITH ORDINALITY
            AS j(id, kind, ref, source, currency, reverses, place)
        ORDER BY j.kind, j.ref, j.place ON CONFLICT (kind, ref) DO NOTHING;
    SELECT array_agg(old.id = j.id ORDER BY j.place) INTO written
        FROM unnest(ids, kinds, refs) WITH ORDINALITY AS j(id, kind, ref, place)
        JOIN journals old ON old.kind = j.kind AND old.ref = j.ref;
    INSERT INTO postings (journal_id, place, account_id, currency, micros)
        SELECT ids[l.number], l.place, a.id, l.currency, l.micros
        FROM unnest(leg_of, leg_places, leg_kinds, leg_owners, leg_currencies, leg_micros)
            AS l(number, place, kind, owner, currency, micros)
        JOIN accounts a ON a.kind = l.kind AND a.owner = l.owner AND a.currency = l.currency
        WHERE written[l.number];
    RETURN QUERY SELECT j.place::integer, old.id, written[j.place]
        FROM unnest(kinds, refs) WITH ORDINALITY AS j(kind, ref, place)
        JOIN journals old ON old.kind = j.kind AND old.ref = j.ref;
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS guard = CONSTRAINT_NAME;
    IF guard <> 'ck_accounts_not_overdrawn' THEN
        RAISE;
    END IF;
    RETURN QUERY SELECT 0, NULL::uuid, NULL::boolean;
END $$
"""
TABLES = (
    "line_resolutions",
    "withdrawal_releases",
    "processor_lines",
    "reconciliations",
    "freezes",
    "bonuses",
)


def upgrade() -> None:
    """Apply."""
    op.execute(POST)
    _create_tables()
    op.add_column(
        "earnings",
        sa.Column(
            "taken_back_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="paid by mistake, corrected",
        ),
    )
    _widen_withdrawals()
    _widen_chargebacks()


def downgrade() -> None:
    """Take back."""
    op.execute("DROP FUNCTION ledger_post")
    for name in ("ck_chargebacks_not_negative", "ck_chargebacks_borne_at_most_taken"):
        op.drop_constraint(name, "chargebacks")
    for name in (*BORNE, "recoveries"):
        op.drop_column("chargebacks", name)
    op.drop_index("uq_withdrawals_open", "withdrawals")
    _open_withdrawals(OPEN)
    op.drop_column("withdrawals", "gate_at_send")
    op.drop_column("withdrawals", "eyes_wanted")
    op.drop_column("earnings", "taken_back_at")
    for name in TABLES:
        op.drop_table(name)


def _widen_withdrawals() -> None:
    op.add_column(
        "withdrawals",
        sa.Column(
            "eyes_wanted",
            sa.SmallInteger(),
            server_default="0",
            nullable=False,
            comment="how many admins must release it",
        ),
    )
    op.add_column(
        "withdrawals",
        sa.Column(
            "gate_at_send",
            sa.String(10),
            comment="the payout account's state when the transfer was sent",
        ),
    )
    op.execute(
        "UPDATE withdrawals SET gate_at_send = 'ready' WHERE EXISTS (SELECT FROM journals j"
        " WHERE j.kind = 'transfer' AND j.ref = withdrawals.id::text)"
    )
    op.drop_index("uq_withdrawals_open", "withdrawals")
    _open_withdrawals(OPEN_WITH_RECALLS)


def _open_withdrawals(states: str) -> None:
    op.create_index(
        "uq_withdrawals_open",
        "withdrawals",
        ["worker", "currency"],
        unique=True,
        postgresql_where=sa.text(states),
    )


def _widen_chargebacks() -> None:
    for name, comment in BORNE.items():
        column = sa.Column(
            name, sa.BigInteger(), server_default="0", nullable=False, comment=comment
        )
        op.add_column("chargebacks", column)
    op.add_column(
        "chargebacks", sa.Column("recoveries", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_chargebacks_not_negative"),
        "chargebacks",
        "least(taken_micros, returned_micros, borne_micros, reserve_micros, debt_micros) >= 0",
    )
    op.create_check_constraint(
        op.f("ck_chargebacks_borne_at_most_taken"),
        "chargebacks",
        "taken_micros - returned_micros >= borne_micros + reserve_micros + debt_micros",
    )


def _create_tables() -> None:
    op.create_table(
        "bonuses",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("organisation", sa.UUID(), nullable=False),
        sa.Column("job", sa.UUID(), nullable=False),
        sa.Column("worker", sa.UUID(), nullable=False),
        sa.Column(
            "about", sa.String(length=120), nullable=False, comment="the answer it is for, opaque"
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("fee_micros", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("micros > 0 AND fee_micros >= 0", name=op.f("ck_bonuses_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bonuses")),
    )
    op.create_index("ix_bonuses_job", "bonuses", ["job", "id"], unique=False)
    op.create_index(op.f("ix_bonuses_worker"), "bonuses", ["worker"], unique=False)
    op.create_table(
        "freezes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("organisation", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freezes")),
    )
    op.create_index(
        "uq_freezes_open",
        "freezes",
        ["organisation"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "reconciliations",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines_count", sa.Integer(), nullable=False),
        sa.Column("matched_count", sa.Integer(), nullable=False),
        sa.Column("unmatched_count", sa.Integer(), nullable=False),
        sa.Column(
            "differences",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="micros by currency: there less ours",
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_reconciliations")),
    )
    op.create_table(
        "processor_lines",
        sa.Column("ref", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("source_ref", sa.String(length=80), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "micros",
            sa.BigInteger(),
            nullable=False,
            comment="gross, signed as our balance sees it",
        ),
        sa.Column(
            "cost_micros", sa.BigInteger(), nullable=False, comment="what the processor kept of it"
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("journal_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "micros <> 0 OR cost_micros <> 0", name=op.f("ck_processor_lines_moves_something")
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journals.id"], name=op.f("fk_processor_lines_journal_id_journals")
        ),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_processor_lines")),
    )
    op.create_index("ix_processor_lines_journal", "processor_lines", ["journal_id"], unique=False)
    op.create_index(
        "ix_processor_lines_open",
        "processor_lines",
        ["at"],
        unique=False,
        postgresql_where=sa.text("journal_id IS NULL"),
    )
    op.create_table(
        "withdrawal_releases",
        sa.Column("withdrawal_id", sa.UUID(), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"],
            ["withdrawals.id"],
            name=op.f("fk_withdrawal_releases_withdrawal_id_withdrawals"),
        ),
        sa.PrimaryKeyConstraint("withdrawal_id", "actor", name=op.f("pk_withdrawal_releases")),
    )
    op.create_table(
        "line_resolutions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("line_ref", sa.String(length=80), nullable=False),
        sa.Column("account_kind", sa.String(length=24), nullable=False),
        sa.Column("account_owner", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_accepted", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "(second_by IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_line_resolutions_second_decides"),
        ),
        sa.CheckConstraint("second_by <> proposed_by", name=op.f("ck_line_resolutions_two_people")),
        sa.ForeignKeyConstraint(
            ["line_ref"],
            ["processor_lines.ref"],
            name=op.f("fk_line_resolutions_line_ref_processor_lines"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_resolutions")),
    )
    op.create_index(
        "uq_line_resolutions_open",
        "line_resolutions",
        ["line_ref"],
        unique=True,
        postgresql_where=sa.text("decided_at IS NULL"),
    )
