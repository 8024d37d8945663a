"""The database keeps the layers too: keys begin with the job, and point down only."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import BigInteger, Float, Table, text

import migrations
from kernel.db import Base, Database
from tests.architecture import source

# From the ground up; siblings share a floor and do not point at each other.
FLOORS = (
    ("kernel",),
    ("workers",),
    ("qualification", "payouts"),
    ("marketplace.accounts",),
    ("marketplace.jobs",),
    ("marketplace.assignments",),
    ("marketplace.review",),
    ("marketplace.quality",),
    ("marketplace.home", "marketplace.mturk"),
)
BY_JOB = {"tasks", "assignments", "answers", "labels", "label_versions"}

UNIQUE_KEYS = """
SELECT t.relname AS "table", i.relname AS "key", array_agg(a.attname ORDER BY k.place) AS columns
FROM pg_index x
JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k (number, place)
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
WHERE t.relkind = 'p' AND x.indisunique
GROUP BY 1, 2"""
FOREIGN_KEYS = """
SELECT c.conname AS "key", t.relname AS "table", f.relname AS target,
    (SELECT attname FROM pg_attribute WHERE attrelid = t.oid AND attnum = c.conkey[1]) AS first,
    (SELECT attname FROM pg_attribute WHERE attrelid = f.oid AND attnum = c.confkey[1]) AS theirs
FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
WHERE c.contype = 'f' AND c.conparentid = 0 AND t.relkind IN ('p', 'r') AND NOT t.relispartition"""


@pytest.fixture
def catalog(database: Database) -> Any:
    """Ask the migrated database about itself."""
    with database.engine.connect() as connection:
        yield lambda query: connection.execute(text(query)).all()


def owners() -> dict[str, str]:
    """Return which package each table belongs to."""
    migrations.every_model()
    return {
        str(mapper.local_table.name): mapper.class_.__module__.removesuffix(".models")
        for mapper in Base.registry.mappers
        if isinstance(mapper.local_table, Table)
    }


def floor(package: str) -> int:
    """Return how high a package stands."""
    for height, names in enumerate(FLOORS):
        if any(package == name or package.startswith(name + ".") for name in names):
            return height
    raise AssertionError(f"{package} has no floor in this test")


def test_the_hot_tables_are_partitioned_by_job(catalog: Any) -> None:
    parts = catalog(
        """SELECT t.relname, a.attname, p.partstrat, p.partnatts FROM pg_partitioned_table p
        JOIN pg_class t ON t.oid = p.partrelid
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = p.partattrs[0]"""
    )
    assert {row[0] for row in parts} == BY_JOB
    assert {tuple(row[1:]) for row in parts} == {("job_id", "h", 1)}


def test_every_unique_key_of_a_hot_table_begins_with_the_job(catalog: Any) -> None:
    keys = catalog(UNIQUE_KEYS)
    assert {key.table for key in keys} == BY_JOB
    assert not [key for key in keys if key.columns[0] != "job_id"]


def test_foreign_keys_between_hot_tables_carry_the_job(catalog: Any) -> None:
    between = [key for key in catalog(FOREIGN_KEYS) if key.table in BY_JOB and key.target in BY_JOB]
    assert between
    assert not [key for key in between if (key.first, key.theirs) != ("job_id", "job_id")]


def test_the_books_and_the_jobs_do_not_point_at_each_other(catalog: Any) -> None:
    ours = owners()
    crossing = [
        key
        for key in catalog(FOREIGN_KEYS)
        if ours[key.table].startswith("payouts") != ours[key.target].startswith("payouts")
    ]
    assert not crossing


def test_foreign_keys_point_down_or_stay_on_their_floor(catalog: Any) -> None:
    ours = owners()
    breaches = []
    for key in catalog(FOREIGN_KEYS):
        above, below = ours[key.table], ours[key.target]
        is_inside = above == below or above.startswith(f"{below}.")
        if floor(below) > floor(above) or (floor(below) == floor(above) and not is_inside):
            breaches.append(f"{key.key}: {above} -> {below}")
    assert not breaches, source.told(breaches, "keys point down, as imports do")


def test_money_is_kept_in_whole_numbers_of_sixty_four_bits() -> None:
    breaches = [
        f"{table.name}.{column.name}: {column.type}"
        for table in migrations.every_model().sorted_tables
        for column in table.columns
        if column.name in {"micros", "balance"} or column.name.endswith("_micros")
        if not isinstance(column.type, BigInteger)
    ]
    assert not breaches


def test_floats_are_kept_for_evidence_only() -> None:
    kept = {
        f"{table.name}.{column.name}"
        for table in migrations.every_model().sorted_tables
        for column in table.columns
        if isinstance(column.type, Float)
    }
    assert kept <= {"gold_records.log_evidence", "trust_notes.outcome"}, kept


def test_every_moment_has_a_time_zone(catalog: Any) -> None:
    naive = catalog(
        """SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'timestamp without time zone'"""
    )
    assert not naive
