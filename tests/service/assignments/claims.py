"""A job to claim from and somebody who claims."""

from __future__ import annotations

from typing import Any

from kernel.db import Database
from kernel.identity import Identity
from marketplace.jobs.models import Job
from tests import factories as make


def a_job_and_a_worker(database: Database, tasks: int = 5, **columns: Any) -> tuple[Job, Identity]:
    """Publish a plain job and sign a worker up."""
    with database.unit_of_work() as uow:
        return make.a_published_job(uow, make.some_tasks(tasks), **columns), make.a_worker(uow)
