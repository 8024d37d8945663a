"""Keep with a withdrawal how much of its transfer came back to us."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_see_reversals"
down_revision = "20261122_keep_books_honest"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "withdrawals",
        sa.Column(
            "reversed_micros",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="of the transfer: in our own balance again",
        ),
    )
    op.execute(
        "UPDATE withdrawals SET reversed_micros = micros WHERE EXISTS (SELECT FROM journals j"
        " WHERE j.kind = 'transfer_reversed' AND j.source = 'withdrawal:' || withdrawals.id)"
    )
    op.create_check_constraint(
        op.f("ck_withdrawals_reversed_at_most_sent"),
        "withdrawals",
        "reversed_micros BETWEEN 0 AND micros",
    )


def downgrade() -> None:
    """Take back."""
    op.drop_constraint("ck_withdrawals_reversed_at_most_sent", "withdrawals")
    op.drop_column("withdrawals", "reversed_micros")
