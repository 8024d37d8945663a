"""The claim on a filled table: few statements, index scans, one partition."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kernel.db import Database, UnitOfWork
from kernel.types import new_id
from marketplace.assignments.handout import claim_sql
from marketplace.jobs.models import Job
from tests import factories as make
from tests.factories import worker_id

TASKS = 6_000
CLAIMS_A_TASK = 3
BY_INDEX = {"Index Scan", "Index Only Scan", "Bitmap Heap Scan", "ModifyTable"}


def test_a_claim_reads_by_index_and_touches_one_partition(database: Database) -> None:
    job = a_filled_job(database)
    [worker] = make.some_workers(database, 1)
    make.claim(database, worker, job.id)
    with database.unit_of_work() as uow:
        for statement in (claim_sql.CLAIM, claim_sql.CLAIM_WAITING):
            explain = text("EXPLAIN (FORMAT JSON) " + statement.text)
            [plan] = uow.session.scalars(explain, values(uow, job, worker_id(worker))).one()
            reads = {
                (node["Relation Name"], node["Node Type"])
                for node in walk(plan["Plan"])
                if node.get("Relation Name", "").startswith(("tasks_", "assignments_"))
            }
            assert {kind for _, kind in reads} <= BY_INDEX, reads
            # One partition of each: these are their names.
            assert len({name for name, _ in reads}) == 2, reads


def a_filled_job(database: Database) -> Job:
    """Publish a job whose tasks hold three live claims each, and have room for one more."""
    with database.unit_of_work() as uow:
        job = make.a_published_job(
            uow, make.some_tasks(TASKS), budget="10000", answers_min=4, answers_max=4
        )
    workers = [worker_id(worker) for worker in make.some_workers(database, CLAIMS_A_TASK)]
    with database.unit_of_work() as uow:
        uow.session.execute(text("ANALYZE tasks"))
        filled = {"job": job.id, "workers": workers, "now": uow.now}
        uow.session.execute(text(_CLAIM_ALL), filled)
        uow.session.execute(text(_TAKE_ALL), filled)
        uow.session.execute(text("ANALYZE tasks, assignments"))
    return job


_CLAIM_ALL = """
INSERT INTO assignments (job_id, id, worker_id, task_id, state, state_at, claimed_at, deadline_at,
    deadline_max_at, guidelines_version, interface_version, price_version, reward_micros,
    fee_micros)
SELECT job_id, uuidv7(), worker, id, 'claimed', :now, :now, :now, :now, 1, 1, 1, 100000, 15000
FROM tasks CROSS JOIN unnest(CAST(:workers AS uuid[])) worker WHERE job_id = :job
"""
_TAKE_ALL = """
UPDATE tasks SET slots_open = slots_open - 3, slots_taken = slots_taken + 3 WHERE job_id = :job
"""


def values(uow: UnitOfWork, job: Job, worker: UUID) -> dict[str, Any]:
    """Return what a claim of three tasks is asked with."""
    return {
        "job": job.id,
        "worker": worker,
        "count": 3,
        "claims_max": 20,
        "gold": 1,
        "gold_alone": False,
        "shuffle": Random(1).getrandbits(60),
        "cursor": 0,
        "only": None,
        "ids": [new_id() for _ in range(3)],
        "now": uow.now,
        "deadline": uow.now,
        "deadline_max": uow.now,
        "guidelines": 1,
        "interface": 1,
        "price": 1,
        "reward": 100_000,
        "fee": 15_000,
    }


def walk(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Visit every node of a plan."""
    yield plan
    for inner in plan.get("Plans", ()):
        yield from walk(inner)
