"""Approvals are paid in bulk: the number of statements does not grow with their number."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest
from sqlalchemy import event

from kernel.types import new_id
from payouts import earnings
from tests.service.payouts.stories import Books

APPROVALS = 5_000
RATE_MIN = 500


def test_five_thousand_approvals_take_a_few_statements_and_seconds(
    books: Books, capsys: pytest.CaptureFixture[str], record_property: Any
) -> None:
    job, _ = books.a_funded_job("5000", reserved="1000")
    workers = [new_id() for _ in range(50)]
    approvals = [books.an_approval(job, workers[n % 50], "0.05", "0.01") for n in range(APPROVALS)]
    statements: list[str] = []
    event.listen(
        books.database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_rest: statements.append(statement),
    )
    started = time.perf_counter()
    assert books.run(lambda uow: earnings.approve_many(uow, approvals)) == APPROVALS
    paid = APPROVALS / (time.perf_counter() - started)
    assert len(statements) <= 15
    started = time.perf_counter()
    assert books.run(earnings.mature) == APPROVALS
    matured = APPROVALS / (time.perf_counter() - started)
    record_property("approvals_per_second", round(paid))
    record_property("matured_per_second", round(matured))
    with capsys.disabled():
        sys.stdout.write(f"\n{paid:,.0f} approvals, {matured:,.0f} maturities a second\n")
    assert min(paid, matured) > RATE_MIN
    assert books.broken() == []
