"""Invite members by letter, let a pause of an account end, let admins stop a job."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_add_desks"
down_revision = "20261122_quicken_ledger"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(320), nullable=False, comment="lower case"),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "role IN ('owner', 'manager', 'reviewer', 'viewer')",
            name=op.f("ck_invitations_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_invitations_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["users.id"], name=op.f("fk_invitations_invited_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("organisation_id", "email", name="uq_invitations_address"),
    )
    op.create_index("ix_invitations_email", "invitations", ["email"], unique=False)
    op.add_column(
        "workers",
        sa.Column("suspended_until", MOMENT, nullable=True, comment="none: until a person decides"),
    )
    op.create_index(
        "ix_workers_suspended_until",
        "workers",
        ["suspended_until"],
        unique=False,
        postgresql_where=sa.text("suspended_until IS NOT NULL"),
    )
    op.add_column(
        "jobs",
        sa.Column(
            "stop_reason",
            sa.String(),
            server_default="",
            nullable=False,
            comment="why an admin stopped it; empty while none did",
        ),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("jobs", "stop_reason")
    op.drop_index("ix_workers_suspended_until", table_name="workers")
    op.drop_column("workers", "suspended_until")
    op.drop_index("ix_invitations_email", table_name="invitations")
    op.drop_table("invitations")
