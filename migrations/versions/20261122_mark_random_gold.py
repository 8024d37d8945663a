"""Let an import say that its gold was drawn at random; keep when a shortage of gold was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_mark_random_gold"
down_revision = "20261122_add_desks"
branch_labels = None
depends_on = None

BEFORE = "drawn for the random audit share before looking"
AFTER = "drawn at random before looking: to audit, or as gold"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "imports",
        sa.Column(
            "gold_is_random",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="its gold was drawn at random, so it calibrates",
        ),
    )
    op.alter_column("tasks", "is_audited", comment=AFTER, existing_comment=BEFORE)
    op.create_table(
        "gold_shortages",
        sa.Column("job_id", sa.UUID(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "in_use",
            sa.Integer(),
            nullable=False,
            comment="gold in use when it was told; more makes it worth telling again",
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_gold_shortages_job_id_jobs")
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_gold_shortages")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("gold_shortages")
    op.alter_column("tasks", "is_audited", comment=BEFORE, existing_comment=AFTER)
    op.drop_column("imports", "gold_is_random")
