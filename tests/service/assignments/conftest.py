"""Noise around every test: another job with claims and answers, which must stay as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, text

from kernel.db import Database
from marketplace.assignments.models import Assignment, Enrolment
from marketplace.jobs.models import Task
from payouts import invariants
from tests import factories as make

KEPT = (Task, Assignment, Enrolment)


@pytest.fixture(autouse=True)
def _noise(database: Database) -> Iterator[None]:
    """Keep a foreign job busy; hold afterwards that nobody touched it and that the books agree."""
    with database.unit_of_work() as uow:
        job_id = make.a_published_job(uow, make.some_tasks(4, gold=1), gold_every=4).id
    first, second = make.some_workers(database, 2)
    make.submit(database, first, make.given(make.claim(database, first, job_id, 2)[0]))
    make.claim(database, second, job_id, 2)
    before = _rows(database, job_id)
    yield
    assert _rows(database, job_id) == before
    _check_slots(database)


def _rows(database: Database, job_id: Any) -> list[Any]:
    with database.unit_of_work() as uow:
        return [
            sorted(
                tuple(map(str, row))
                for row in uow.session.execute(
                    select(*model.__table__.columns).where(model.job_id == job_id)
                )
            )
            for model in KEPT
        ]


def _check_slots(database: Database) -> None:
    """Hold that slots and assignments agree, and that the reserve pays for exactly the slots."""
    with database.unit_of_work() as uow:
        assert invariants.check(uow) == []
        assert uow.session.execute(text(_SLOTS_THAT_LIE)).all() == []
        assert uow.session.execute(text(_RESERVES_THAT_LIE)).all() == []


_SLOTS_THAT_LIE = """
SELECT t.id, t.slots_open, t.slots_taken, t.slots_max, count(a.id) FROM tasks t
LEFT JOIN assignments a ON a.job_id = t.job_id AND a.task_id = t.id
    AND a.state IN ('claimed', 'submitted', 'approved', 'rejected')
GROUP BY t.job_id, t.id
HAVING t.slots_taken <> count(a.id) OR t.slots_open + t.slots_taken > t.slots_max
"""
_RESERVES_THAT_LIE = """
SELECT j.id, held.balance, needed.micros FROM jobs j
JOIN job_versions v ON v.job_id = j.id AND v.part = 'price' AND v.version = j.price_version
CROSS JOIN LATERAL (
    SELECT (SELECT COALESCE(sum(slots_open), 0) FROM tasks WHERE job_id = j.id)
            * (v.reward_micros + v.fee_micros)
        + (SELECT COALESCE(sum(reward_micros + fee_micros), 0) FROM assignments
           WHERE job_id = j.id AND state IN ('claimed', 'submitted')) AS micros
) needed
LEFT JOIN accounts held ON held.owner = 'job:' || j.id AND held.kind = 'job_reserved'
WHERE COALESCE(held.balance, 0) <> needed.micros
"""
