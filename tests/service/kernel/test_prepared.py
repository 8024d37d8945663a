"""Arrays that are written without the driver are read by PostgreSQL as what was meant."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from kernel.db import Database
from kernel.sql import prepared

KINDS = ["text", "bigint", "boolean", "uuid", "timestamptz"]
GIVEN: dict[str, list[object]] = {
    "text": [
        "",
        "NULL",
        "null",
        "{}",
        '"',
        "\\",
        '\\"',
        "a,b",
        " a ",
        "ü😀",
        "'",
        "\n",
        "$1",
        None,
    ],
    "bigint": [0, -1, 2**63 - 1, None],
    "boolean": [True, False, None],
    "uuid": [UUID(int=0), UUID(int=2**128 - 1), None],
    "timestamptz": [datetime(2026, 11, 22, 9, 30, 1, 5, UTC), None],
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_array_comes_back_as_it_was_given(database: Database, kind: str) -> None:
    echo = prepared.statement(f"SELECT CAST(:given AS {kind}[]) AS found")
    for given in (GIVEN[kind], GIVEN[kind][:1], []):
        with database.unit_of_work() as uow:
            (row,) = prepared.rows(uow, echo, {"given": prepared.array(given)})
        assert row.found == given
