"""Claiming: lanes, limits and refusals."""

from __future__ import annotations

from kernel.db import Database
from tests import factories as make


def test_many_tasks_are_claimed_at_once(database: Database) -> None:
    with database.unit_of_work() as uow:
        job = make.a_published_job(uow, make.some_tasks(5))
        worker = make.a_worker(uow)
    claims = make.claim(database, worker, job.id, 3)
    assert sorted(one.data["text"] for one in claims) == ["text 1", "text 2", "text 3"]
