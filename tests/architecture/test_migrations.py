"""Migrations make what the models say, and go down and up again with rows in the tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, create_engine, func, inspect, select
from sqlalchemy.pool import NullPool

import migrations
from kernel.db import Database
from tests.architecture import rows


@pytest.fixture
def line(empty_database_url: str) -> Iterator[Connection]:
    """A connection to a database without any table."""
    engine = create_engine(empty_database_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


def revisions() -> list[str]:
    """List the revisions from the first to the last."""
    walked = ScriptDirectory.from_config(migrations.config("")).walk_revisions()
    return [script.revision for script in walked][::-1]


def test_models_and_migrations_agree(pool: Database) -> None:
    with pool.engine.connect() as connection:
        options = {"include_object": is_a_table_of_ours}
        context = MigrationContext.configure(connection, opts=options)
        assert not compare_metadata(context, migrations.every_model())


def test_models_and_migrations_agree_on_checks(pool: Database) -> None:
    seen = inspect(pool.engine)
    for table in migrations.every_model().sorted_tables:
        declared = {one.name for one in table.constraints if isinstance(one, CheckConstraint)}
        assert {one["name"] for one in seen.get_check_constraints(table.name)} == declared


def is_a_table_of_ours(
    thing: Any, name: str | None, kind: str, _reflected: bool, _other: object
) -> bool:
    """Leave partitions out, and the copies of a foreign key that PostgreSQL makes for each."""
    if kind == "foreign_key_constraint":
        return not any("_part_" in element.target_fullname for element in thing.elements)
    return not (kind == "table" and name is not None and "_part_" in name)


def test_there_is_one_line_of_migrations() -> None:
    scripts = ScriptDirectory.from_config(migrations.config(""))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_migrations_are_named_by_day_verb_and_noun() -> None:
    for script in ScriptDirectory.from_config(migrations.config("")).walk_revisions():
        day, verb, *noun = script.revision.split("_")
        assert (len(day), day.isdigit(), bool(verb), bool(noun)) == (8, True, True, True)
        assert script.path.endswith(f"{script.revision}.py")


def test_every_migration_goes_down_and_up_again_with_rows_in_the_tables(
    line: Connection, empty_database_url: str
) -> None:
    migrations.upgrade(empty_database_url)
    tables = migrations.every_model()
    rows.fill(line, tables)
    settings = migrations.config(empty_database_url)
    _, *later = revisions()
    for revision in reversed(later):
        command.downgrade(settings, f"{revision}-1")
    old = set(inspect(line).get_table_names())
    for revision in later:
        command.upgrade(settings, revision)
    counts = {
        table.name: line.scalar(select(func.count()).select_from(table))
        for table in tables.sorted_tables
        if table.name in old
    }
    assert set(counts.values()) == {1}, "a step down and up kept every row of what it did not make"
    command.downgrade(settings, "base")
    assert inspect(line).get_table_names() == ["alembic_version"]
    migrations.upgrade(empty_database_url)
    assert set(counts) <= set(inspect(line).get_table_names())


def test_upgrading_twice_changes_nothing(line: Connection, empty_database_url: str) -> None:
    migrations.upgrade(empty_database_url)
    before = inspect(line).get_table_names()
    migrations.upgrade(empty_database_url)
    assert inspect(line).get_table_names() == before
