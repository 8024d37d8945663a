"""One row for every table, made from the columns, so that migrations meet data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, Connection, MetaData, insert, text
from sqlalchemy.dialects.postgresql import JSONB

MOMENT = datetime(2026, 11, 22, tzinfo=UTC)
ID = UUID(int=7 << 76 | 2 << 62 | 1)
PLAIN: dict[type, Any] = {str: "a", int: 1, bool: False, bytes: b"a", datetime: MOMENT, UUID: ID}
# What a check constraint asks for and a column cannot tell.
ASKED: dict[str, dict[str, Any]] = {
    "accounts": {"kind": "job_budget", "owner": "job:1", "sign": -1, "is_bounded": True},
    "job_versions": {"part": "price", "reward_micros": 100},
    "invitations": {"role": "viewer"},
    "members": {"role": "owner"},
    "workers": {"state": "good"},
    "remote_calls": {"purpose": "payout"},
    "second_looks": {"purpose": "audit"},
    "exams": {"pass_mark": 50},
    "jobs": {"confidence": 0.95, "gold_minimum": 0.6, "gold_error_rate": 0.01},
    "tasks": {"lane": 1, "slots_open": 0, "slots_taken": 0},
}


def fill(connection: Connection, tables: MetaData) -> None:
    """Put one row into each table; foreign keys and triggers look away meanwhile."""
    connection.execute(text("SET session_replication_role = replica"))
    for table in tables.sorted_tables:
        asked = ASKED.get(table.name, {})
        row = {
            column.name: asked.get(column.name, _value(column))
            for column in table.columns
            if column.name in asked or not (column.nullable or column.server_default)
            if column.identity is None
        }
        connection.execute(insert(table).values(row))
    connection.execute(text("SET session_replication_role = origin"))


def _value(column: Column[Any]) -> Any:
    if isinstance(column.type, JSONB):
        return {}
    if isinstance(column.type, ARRAY):
        return ["a"]
    kind = column.type.python_type
    return PLAIN.get(kind, 0.5)
