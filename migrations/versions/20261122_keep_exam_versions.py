"""Let exams close, and new versions of them grant the same qualification."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_keep_exam_versions"
down_revision = "20261122_mark_random_gold"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "exams",
        sa.Column(
            "version",
            sa.SmallInteger(),
            server_default="1",
            nullable=False,
            comment="of the exam of its qualification, from 1",
        ),
    )
    op.add_column(
        "exams",
        sa.Column(
            "closed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="nobody begins it from then on",
        ),
    )
    op.drop_constraint("uq_exams_type_id", "exams", type_="unique")
    op.create_index("uq_exams_version", "exams", ["type_id", "version"], unique=True)
    op.create_index(
        "uq_exams_one_open",
        "exams",
        ["type_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def downgrade() -> None:
    """Take back; refused by the database while an exam has two versions."""
    op.drop_index(
        "uq_exams_one_open", table_name="exams", postgresql_where=sa.text("closed_at IS NULL")
    )
    op.drop_index("uq_exams_version", table_name="exams")
    op.create_unique_constraint("uq_exams_type_id", "exams", ["type_id"])
    op.drop_column("exams", "closed_at")
    op.drop_column("exams", "version")
