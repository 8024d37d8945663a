"""How the tables lie on the machines of a Citus cluster: the hot ones by job, shared ones whole.

The statements run on plain PostgreSQL too, but for Citus' own functions, and are tested there: what
is spread over machines has the same rows and foreign keys as before. No cluster of ours has run it.
"""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint

import migrations

HOT = ("tasks", "assignments", "answers", "labels", "label_versions")
COPIED = ("workers", "users", "organisations", "jobs")
LACKING = (
    "This PostgreSQL has no Citus: CREATE EXTENSION citus on a cluster first. On one machine the "
    "tables are hash-partitioned by job already, and nothing needs to be done."
)


def statements() -> list[str]:
    """Return the statements in order; they belong in one transaction, while nobody works.

    Citus splits by hash itself, so each hot table gives its rows to a plain twin of its name.
    """
    return [
        *(f"SELECT create_reference_table('{table}')" for table in COPIED),
        *(statement for table in HOT for statement in _twin(table)),
        *(f"INSERT INTO {table} SELECT * FROM {table}_by_hash" for table in HOT),
        *(f"DROP TABLE {table}_by_hash CASCADE" for table in reversed(HOT)),
        *(_foreign_key(key) for table in HOT for key in _foreign_keys(table)),
    ]


def _twin(table: str) -> tuple[str, ...]:
    beside = "" if table == HOT[0] else f", colocate_with => '{HOT[0]}'"
    return (
        f"ALTER TABLE {table} RENAME TO {table}_by_hash",
        f"CREATE TABLE {table} (LIKE {table}_by_hash INCLUDING ALL)",
        f"SELECT create_distributed_table('{table}', 'job_id'{beside})",
    )


def _foreign_keys(table: str) -> list[ForeignKeyConstraint]:
    keys = migrations.every_model().tables[table].foreign_key_constraints
    return sorted(keys, key=lambda key: str(key.name))


def _foreign_key(key: ForeignKeyConstraint) -> str:
    ours = ", ".join(key.column_keys)
    theirs = ", ".join(element.column.name for element in key.elements)
    return (
        f"ALTER TABLE {key.table.name} ADD CONSTRAINT {key.name}"
        f" FOREIGN KEY ({ours}) REFERENCES {key.referred_table.name} ({theirs})"
    )
