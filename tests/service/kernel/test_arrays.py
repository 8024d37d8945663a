"""Columns written as arrays arrive as they were, whatever they hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from kernel.db import Database
from kernel.sql import arrays

MOMENT = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (
            "text",
            [
                "a",
                "",
                "NULL",
                "{}",
                '"',
                "\\",
                '\\"',
                "{a,b}",
                " a ",
                "'",
                "$1",
                "new\nline",
                "ü😀\t€",
                None,
            ],
        ),
        ("uuid", [UUID(int=1), None, UUID(int=2**128 - 1)]),
        ("bigint", [0, -1, 2**63 - 1, None]),
        ("boolean", [True, False, None]),
        ("timestamptz", [MOMENT, None]),
        ("text", []),
    ],
)
def test_an_array_arrives_as_it_was(database: Database, kind: str, values: list[Any]) -> None:
    with database.unit_of_work() as uow:
        query = text(f"SELECT CAST(:given AS {kind}[])")
        assert uow.session.scalar(query, {"given": arrays.literal(values)}) == values
