"""Keep payout accounts, chargebacks, and what came of each event of the processor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_widen_payouts"
down_revision = "20261122_add_unsure_answers"
branch_labels = None
depends_on = None
NOW = sa.text("now()")
MOMENT = sa.DateTime(timezone=True)
PURPOSE = "ck_remote_calls_purpose_known"
BEFORE = "purpose IN ('checkout', 'transfer', 'payout', 'refund')"
AFTER = "purpose IN ('checkout', 'transfer', 'payout', 'refund', 'reversal', 'account', 'link')"
HANDLED = "ck_processor_events_handled_or_waiting"


def upgrade() -> None:
    """Apply."""
    op.drop_constraint(PURPOSE, "remote_calls")
    op.create_check_constraint(op.f(PURPOSE), "remote_calls", AFTER)
    op.alter_column("remote_calls", "thing_id", comment="the deposit, withdrawal, refund or worker")
    op.add_column("withdrawals", _text("account_ref", "the connected account it goes through"))
    _widen_events()
    _create_tables()


def downgrade() -> None:
    """Take back."""
    op.drop_table("chargebacks")
    op.drop_table("processor_event_marks")
    op.drop_table("payout_accounts")
    op.drop_constraint(HANDLED, "processor_events")
    op.drop_index("ix_processor_events_due", "processor_events")
    for name in ("account", "source", "state", "state_at", "try_at", "tries", "failure"):
        op.drop_column("processor_events", name)
    op.alter_column("processor_events", "kind", type_=sa.String(60))
    op.alter_column("processor_events", "body", comment=None)
    op.create_index(
        "ix_processor_events_due",
        "processor_events",
        ["position"],
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.drop_column("withdrawals", "account_ref")
    op.alter_column("remote_calls", "thing_id", comment="the deposit, withdrawal or refund")
    op.execute("DELETE FROM remote_calls WHERE purpose IN ('reversal', 'account', 'link')")
    op.drop_constraint(PURPOSE, "remote_calls")
    op.create_check_constraint(op.f(PURPOSE), "remote_calls", BEFORE)


def _widen_events() -> None:
    op.alter_column("processor_events", "kind", type_=sa.String(80))
    op.alter_column("processor_events", "body", comment="what it says of itself; nothing of people")
    for column in (
        _text("account", "the connected account it is about"),
        _text("source", "platform, connected, listed or ourselves", length=10, default="listed"),
        _text("state", length=10, default="waiting"),
        sa.Column("state_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("try_at", MOMENT, server_default=NOW, nullable=False, comment="not before"),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "failure", sa.String(), server_default="", nullable=False, comment="why it waits"
        ),
    ):
        op.add_column("processor_events", column)
    op.execute("UPDATE processor_events SET state = 'applied' WHERE handled_at IS NOT NULL")
    op.create_check_constraint(
        op.f(HANDLED), "processor_events", "(handled_at IS NULL) = (state = 'waiting')"
    )
    op.drop_index("ix_processor_events_due", "processor_events")
    op.create_index(
        "ix_processor_events_due",
        "processor_events",
        ["try_at"],
        postgresql_where=sa.text("handled_at IS NULL"),
    )


def _create_tables() -> None:
    op.create_table(
        "payout_accounts",
        sa.Column("worker", sa.UUID(), nullable=False),
        sa.Column("country", sa.String(2), nullable=False, comment="ISO 3166-1 alpha-2"),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("state_at", MOMENT, nullable=False),
        sa.Column("account_ref", sa.String(80)),
        _codes("wants", "the processor's codes"),
        _codes("checks", "what it is looking at"),
        sa.Column(
            "problem",
            sa.String(),
            server_default="",
            nullable=False,
            comment="its code, or a sentence",
        ),
        sa.Column("due_by", MOMENT),
        sa.Column("seen_at", MOMENT, comment="when the latest look began"),
        sa.Column(
            "return_url", sa.String(), nullable=False, comment="where the browser comes back"
        ),
        sa.Column("link_url", sa.String(), comment="good once, for minutes"),
        sa.Column("link_until", MOMENT),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_payout_accounts")),
        sa.UniqueConstraint("account_ref", name=op.f("uq_payout_accounts_account_ref")),
    )
    op.create_index(
        "ix_payout_accounts_unready",
        "payout_accounts",
        ["seen_at"],
        postgresql_where=sa.text("state <> 'ready'"),
    )
    op.create_table(
        "processor_event_marks",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("event_id", sa.String(80)),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_processor_event_marks")),
    )
    op.create_table(
        "chargebacks",
        sa.Column("ref", sa.String(80), nullable=False),
        sa.Column("deposit_id", sa.UUID(), comment="none: no deposit of ours"),
        sa.Column("organisation", sa.UUID()),
        sa.Column("charge_ref", sa.String(80), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("state_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False, comment="when the latest look began"),
        sa.CheckConstraint("micros > 0", name=op.f("ck_chargebacks_positive")),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_chargebacks")),
    )
    for name in ("deposit_id", "organisation"):
        op.create_index(op.f(f"ix_chargebacks_{name}"), "chargebacks", [name])


def _text(
    name: str, comment: str | None = None, length: int = 80, default: str = ""
) -> sa.Column[str]:
    kind = sa.String(length)
    return sa.Column(name, kind, server_default=default, nullable=False, comment=comment)


def _codes(name: str, comment: str) -> sa.Column[object]:
    kind = postgresql.JSONB(astext_type=sa.Text())
    return sa.Column(name, kind, server_default="[]", nullable=False, comment=comment)
