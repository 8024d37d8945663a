"""Let an answer say that its worker was not sure."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_add_unsure_answers"
down_revision = "20261122_guard_ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "answers",
        sa.Column(
            "is_unsure",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="as the worker said",
        ),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("answers", "is_unsure")
