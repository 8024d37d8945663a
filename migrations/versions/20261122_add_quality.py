"""Add rules and what they did, looks at golds, contests, second looks, and the hold on answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "20261122_add_quality"
down_revision = "20261122_widen_payouts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "gold_checks",
        sa.Column("job_id", sa.UUID(), nullable=False),
        sa.Column("task_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column(
            "seen", sa.Integer(), nullable=False, comment="answers when it was last looked at"
        ),
        sa.Column("looked_by", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_gold_checks_job_id_jobs")),
        sa.ForeignKeyConstraint(
            ["looked_by"], ["users.id"], name=op.f("fk_gold_checks_looked_by_users")
        ),
        sa.PrimaryKeyConstraint("job_id", "task_id", name=op.f("pk_gold_checks")),
    )
    op.create_table(
        "gold_contests",
        sa.Column("job_id", sa.UUID(), nullable=False),
        sa.Column("assignment_id", sa.UUID(), nullable=False),
        sa.Column("task_id", sa.UUID(), nullable=False),
        sa.Column("worker_id", sa.UUID(), nullable=False),
        sa.Column(
            "statement",
            sa.String(),
            server_default="",
            nullable=False,
            comment="what the worker adds, if so",
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_gold_contests_job_id_jobs")),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["workers.id"], name=op.f("fk_gold_contests_worker_id_workers")
        ),
        sa.PrimaryKeyConstraint("job_id", "assignment_id", name=op.f("pk_gold_contests")),
    )
    op.create_index("ix_gold_contests_task", "gold_contests", ["job_id", "task_id"], unique=False)
    op.create_index(
        op.f("ix_gold_contests_worker_id"), "gold_contests", ["worker_id"], unique=False
    )
    op.create_table(
        "quality_rules",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("job_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "content",
            postgresql.JSONB(astext_type=Text()),
            nullable=False,
            comment="collector, conditions, action and its details",
        ),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="earlier evidence counts, and acts once",
        ),
        sa.Column("written_by", sa.UUID(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "looked_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="workers idle since are not read",
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_quality_rules_job_id_jobs")),
        sa.ForeignKeyConstraint(
            ["written_by"], ["users.id"], name=op.f("fk_quality_rules_written_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_rules")),
    )
    op.create_index("ix_quality_rules_job_id_id", "quality_rules", ["job_id", "id"], unique=False)
    op.create_table(
        "second_looks",
        sa.Column("job_id", sa.UUID(), nullable=False),
        sa.Column("task_id", sa.UUID(), nullable=False),
        sa.Column("control", sa.String(length=100), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column(
            "label_value",
            postgresql.JSONB(astext_type=Text()),
            nullable=False,
            comment="the label at that moment, unseen",
        ),
        sa.Column(
            "confidence", sa.Numeric(precision=7, scale=6), nullable=False, comment="of that label"
        ),
        sa.Column("label_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('audit', 'review', 'dispute')", name=op.f("ck_second_looks_purpose_known")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_second_looks_job_id_jobs")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_second_looks_user_id_users")
        ),
        sa.PrimaryKeyConstraint(
            "job_id", "task_id", "control", "purpose", "user_id", name=op.f("pk_second_looks")
        ),
    )
    op.create_table(
        "rule_acts",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("job_id", sa.UUID(), nullable=False),
        sa.Column("rule_id", sa.UUID(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.UUID(), nullable=False),
        sa.Column(
            "rule",
            postgresql.JSONB(astext_type=Text()),
            nullable=False,
            comment="the rule as it was",
        ),
        sa.Column(
            "measures",
            postgresql.JSONB(astext_type=Text()),
            nullable=False,
            comment="what was measured",
        ),
        sa.Column("sentence", sa.String(), nullable=False, comment="what the worker reads"),
        sa.Column(
            "evidence_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="moment of the last evidence it rests on",
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "ends_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="of a pause that ends by itself",
        ),
        sa.Column(
            "before",
            postgresql.JSONB(astext_type=Text()),
            nullable=True,
            comment="what to put back when it is taken back",
        ),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column(
            "decision",
            sa.String(),
            server_default="",
            nullable=False,
            comment="the person's reason",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_rule_acts_decided_by_users")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_rule_acts_job_id_jobs")),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["quality_rules.id"], name=op.f("fk_rule_acts_rule_id_quality_rules")
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["workers.id"], name=op.f("fk_rule_acts_worker_id_workers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_acts")),
    )
    op.create_index("ix_rule_acts_job_id_id", "rule_acts", ["job_id", "id"], unique=False)
    op.create_index(
        "ix_rule_acts_open",
        "rule_acts",
        ["state", "ends_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_rule_acts_worker", "rule_acts", ["worker_id", "job_id"], unique=False)
    op.create_index(
        "uq_rule_acts_once", "rule_acts", ["rule_id", "worker_id", "evidence_at"], unique=True
    )
    op.add_column(
        "enrolments",
        sa.Column(
            "answers_held",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="a person looks at them before they are approved",
        ),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("enrolments", "answers_held")
    op.drop_index("uq_rule_acts_once", table_name="rule_acts")
    op.drop_index("ix_rule_acts_worker", table_name="rule_acts")
    op.drop_index(
        "ix_rule_acts_open", table_name="rule_acts", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_index("ix_rule_acts_job_id_id", table_name="rule_acts")
    op.drop_table("rule_acts")
    op.drop_table("second_looks")
    op.drop_index("ix_quality_rules_job_id_id", table_name="quality_rules")
    op.drop_table("quality_rules")
    op.drop_index(op.f("ix_gold_contests_worker_id"), table_name="gold_contests")
    op.drop_index("ix_gold_contests_task", table_name="gold_contests")
    op.drop_table("gold_contests")
    op.drop_table("gold_checks")
