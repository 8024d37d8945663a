"""Spreading the hot tables keeps their rows, keys and guards, as far as one machine can show."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Connection, text

from kernel.db import Database
from marketplace import distribution
from marketplace.cli import distributing
from tests import factories as make

# What Citus would do on a cluster is done by nobody here.
FUNCTIONS = """
CREATE FUNCTION create_reference_table(text) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION create_distributed_table(text, text, colocate_with text DEFAULT '')
RETURNS void LANGUAGE sql AS '';
"""
KEYS = """
SELECT c.conname, t.relname, f.relname FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
WHERE c.contype = 'f' AND c.conparentid = 0 AND t.relname = ANY (:hot) ORDER BY 1, 2
"""
UNIQUE = """
SELECT tablename, count(*) FROM pg_indexes
WHERE tablename = ANY (:hot) AND indexdef LIKE 'CREATE UNIQUE%' GROUP BY 1 ORDER BY 1
"""


def facts(line: Connection) -> list[object]:
    """Return what must stay: foreign keys, unique indexes, and how many tasks there are."""
    hot = {"hot": list(distribution.HOT)}
    found: list[object] = [line.execute(text(query), hot).all() for query in (KEYS, UNIQUE)]
    return [*found, line.scalar(text("SELECT count(*) FROM tasks"))]


def test_spread_tables_keep_rows_keys_and_guards(database: Database) -> None:
    with database.unit_of_work() as uow:
        make.a_published_job(uow, make.some_tasks(7))
    with database.engine.connect() as line:
        before = facts(line)
        line.execute(text(FUNCTIONS))
        for statement in distribution.statements():
            line.execute(text(statement))
        assert facts(line) == before
        kinds = "SELECT DISTINCT relkind::text FROM pg_class WHERE relname = ANY (:hot)"
        assert line.scalars(text(kinds), {"hot": list(distribution.HOT)}).all() == ["r"]
        line.rollback()


def test_without_the_extension_nothing_is_done(app: Flask) -> None:
    with app.app_context():
        said = CliRunner().invoke(distributing.distribute, [])
    assert said.exit_code == 1
    assert distribution.LACKING in said.output


def test_the_statements_can_be_read_first(app: Flask) -> None:
    with app.app_context():
        said = CliRunner().invoke(distributing.distribute, ["--show"])
    assert said.exit_code == 0
    assert "create_distributed_table('answers', 'job_id', colocate_with => 'tasks')" in said.output


@pytest.mark.parametrize("table", distribution.HOT)
def test_keys_to_other_machines_lead_to_tables_that_are_there_whole(
    database: Database, table: str
) -> None:
    reached = set(distribution.HOT) | set(distribution.COPIED)
    with database.engine.connect() as line:
        rows = line.execute(text(KEYS), {"hot": [table]}).all()
    assert {row[2] for row in rows} <= reached
