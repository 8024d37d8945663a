"""Make jobs of any size by SQL with the real tables, and money that pays for every slot."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from bench import stage
from kernel.db import Database, UnitOfWork
from kernel.money import Money
from kernel.types import new_id
from marketplace.jobs import drafting, publishing, queries
from marketplace.jobs.models import Job
from payouts import accounts, funding, ledger

ROWS_AT_ONCE = 1_000_000
OVERLAP = 3


@dataclass(frozen=True)
class Shape:
    """How large a job is: tasks, places for answers on each, and tasks that are done already."""

    tasks: int
    overlap: int = OVERLAP
    done: int = 0
    approval: str = "agreement"


def fill(database: Database, buyer: stage.Buyer, shape: Shape) -> UUID:
    """Publish a job and fill it up; return its id."""
    draft = {
        **stage.DRAFT,
        "title": title(shape),
        "approval": {"mode": shape.approval},
        "redundancy": {
            "answers_min": shape.overlap,
            "answers_max": shape.overlap,
            "is_adaptive": False,
        },
    }
    with database.unit_of_work(buyer.identity) as uow:
        job = drafting.create(uow, buyer.organisation_id, draft)
        _add(uow, job, shape, 1)
        uow.session.flush()
        cost = queries.slot_cost(uow, job)
        _pay(uow, buyer.organisation_id, cost * (shape.tasks * shape.overlap))
        publishing.fund(uow, job, cost * (shape.tasks * shape.overlap))
        publishing.publish(uow, job)
        job_id = job.id
    for first in range(2, shape.tasks + 1, ROWS_AT_ONCE):
        with database.unit_of_work(buyer.identity) as uow:
            job = queries.job(uow, job_id, lock=True)
            count = min(ROWS_AT_ONCE, shape.tasks + 1 - first)
            opened = _add(uow, job, shape, count)
            if opened:
                funding.reserve(uow, job_id, cost * opened, f"bench:{new_id()}")
    stage.tidy(database)
    return job_id


def find(database: Database, shape: Shape) -> UUID | None:
    """Return the job of this shape that an earlier run has filled."""
    with database.unit_of_work() as uow:
        query = "SELECT id FROM jobs WHERE title = :title AND tasks_count = :tasks LIMIT 1"
        found: UUID | None = uow.session.scalar(
            text(query), {"title": title(shape), "tasks": shape.tasks}
        )
        return found


def title(shape: Shape) -> str:
    """Name a job by its shape."""
    return f"{shape.tasks} tasks, {shape.overlap} answers each, {shape.done} done"


def open_slots(database: Database, job_id: UUID) -> int:
    """Count the places for answers that are left."""
    with database.unit_of_work() as uow:
        query = "SELECT coalesce(sum(slots_open), 0) FROM tasks WHERE job_id = :job"
        return int(uow.session.scalar(text(query), {"job": job_id}) or 0)


def do_first_tasks(database: Database, job_id: UUID, worker_id: UUID, count: int) -> None:
    """Let a worker have answered the first tasks of a job, which stay open for others."""
    with database.unit_of_work() as uow:
        values = {"job": job_id, "worker": worker_id, "count": count, "now": uow.now}
        uow.session.execute(_DO, values)
        uow.session.execute(_GO_ON, values)
    stage.tidy(database)


def _add(uow: UnitOfWork, job: Job, shape: Shape, count: int) -> int:
    """Add tasks; all but the first of a job come with their slots open. Return slots opened."""
    values = {
        "job": job.id,
        "first": job.next_position,
        "last": job.next_position + count - 1,
        "overlap": shape.overlap,
        "done": shape.done,
        "now": uow.now,
    }
    opened = uow.session.scalar(_FILL, values)
    job.next_position += count
    job.tasks_count += count
    return int(opened or 0)


def _pay(uow: UnitOfWork, organisation_id: UUID, amount: Money) -> None:
    """Put money on the balance where what the buyer paid in is short: no processor brings it.

    Only jobs too large to be paid for by a deposit need it; their books have no such line then.
    """
    theirs = accounts.organisation("organisation_available", organisation_id, amount.currency)
    if ledger.balance(uow, theirs).micros >= amount.micros:
        return
    legs = ledger.move(accounts.platform("processor_available", amount.currency), theirs, amount)
    ledger.post(uow, ledger.Draft("deposit", f"bench:{new_id()}", legs))


_FILL = text(
    """
WITH added AS (
    INSERT INTO tasks (job_id, id, position, priority, rank, data, content_hash, explanation, lane,
        state, slots_open, slots_taken, slots_max, created_at)
    SELECT :job, uuidv7(), n, 0, 10000000000000 + n,
        jsonb_build_object('item', 'text number ' || n), md5(n::text), '', 1,
        CASE WHEN n = 1 THEN 'waiting' WHEN n <= :done THEN 'settled' ELSE 'open' END,
        CASE WHEN n = 1 OR n <= :done THEN 0 ELSE :overlap END, 0, :overlap, :now
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n
    RETURNING slots_open
)
SELECT sum(slots_open) FROM added
"""
)
_DO = text(
    """
INSERT INTO assignments (job_id, id, worker_id, task_id, state, state_at, claimed_at, deadline_at,
    deadline_max_at, submitted_at, final_at, settled_at, guidelines_version, interface_version,
    price_version, reward_micros, fee_micros, given)
SELECT job_id, uuidv7(), :worker, id, 'approved', :now, :now, :now, :now, :now, :now, :now, 1, 1, 1,
    50000, 7500, '{"answer": "cat"}'
FROM tasks WHERE job_id = :job AND slots_open > 0 ORDER BY rank LIMIT :count
ON CONFLICT DO NOTHING
"""
)
_GO_ON = text(
    """
UPDATE enrolments SET cursor_rank = (
    SELECT max(t.rank) FROM tasks t JOIN assignments a ON a.job_id = t.job_id AND a.task_id = t.id
    WHERE t.job_id = :job AND a.worker_id = :worker)
WHERE job_id = :job AND worker_id = :worker
"""
)
