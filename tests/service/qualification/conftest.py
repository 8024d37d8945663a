"""People whose records are kept."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from kernel.db import Database
from tests.service.qualification import builders as b
from tests.service.qualification.recording import OTHER_JOB, record


@pytest.fixture
def people(database: Database) -> list[UUID]:
    """Three workers; one has a record on another job, which nothing here may touch."""
    with database.unit_of_work() as uow:
        ids = [b.a_worker(uow).id for _ in range(3)]
    noise = [
        replace(outcome, source=f"assignment:{OTHER_JOB}/{number}")
        for number, outcome in enumerate(b.outcomes(ids[0], "+-+"))
    ]
    record(database, noise, job=OTHER_JOB)
    return ids
