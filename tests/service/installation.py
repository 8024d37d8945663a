"""Fixtures: an installation that follows its news; the books hold after every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kernel import runtime as runtimes
from kernel.db import Database
from kernel.runtime import Runtime
from kernel.settings import Settings
from marketplace import wiring
from marketplace.config import policy
from marketplace.review import invariants as own_invariants
from payouts import invariants
from tests import factories as make


@pytest.fixture
def runtime(database: Database, settings: Settings) -> Iterator[Runtime]:
    """The installation over the emptied database."""
    started = runtimes.start(settings, wiring.FOLLOW_UPS, {})
    yield started
    started.database.close()
    started.redis.close()


@pytest.fixture(autouse=True)
def books(database: Database) -> Iterator[None]:
    """Keep a foreign job with claims and answers; hold afterwards that all books agree."""
    policy.cache_clear()
    own_invariants.register_all()
    with database.unit_of_work() as uow:
        job_id = make.a_published_job(uow, make.some_tasks(3, gold=1), gold_every=4).id
    [worker] = make.some_workers(database, 1)
    make.submit(database, worker, make.given(make.claim(database, worker, job_id, 2)[0]))
    yield
    with database.unit_of_work() as uow:
        assert invariants.check(uow) == []
