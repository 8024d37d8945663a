"""Background work of assignments: leases that ran out, and claims of people who must stop."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kernel.chores import chore
from kernel.runtime import Runtime
from marketplace.assignments import leasing
from marketplace.assignments.states import AssignmentState


@chore("assignments.expire", queue="quick")
def expire(runtime: Runtime, _key: str) -> datetime | None:
    """End every claim whose time is over, job by job."""
    with runtime.database.unit_of_work() as uow:
        overdue = leasing.overdue(uow)
    for job_id, ids in overdue.items():
        runtime.database.run(
            lambda uow, job_id=job_id, ids=ids: leasing.end_claims(  # type: ignore[misc]
                uow, job_id, ids, AssignmentState.EXPIRED
            )
        )
    return runtime.clock.now() if overdue else None


@chore("assignments.return_all", queue="quick")
def return_all(runtime: Runtime, key: str) -> datetime | None:
    """Return what a worker holds; the key is `worker` or `worker/job`."""
    worker, _, job = key.partition("/")
    runtime.database.run(
        lambda uow: leasing.give_back_all(uow, UUID(worker), UUID(job) if job else None)
    )
    return None
