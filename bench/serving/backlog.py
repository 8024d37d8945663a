"""Fill a job with answers that are final and that nobody has settled yet, by SQL."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from bench import stage
from bench.serving import filling
from bench.serving.crowd import Hand
from bench.serving.filling import OVERLAP, Shape
from kernel.db import Database


def pile_up(database: Database, buyer: stage.Buyer, hands: Sequence[Hand], tasks: int) -> UUID:
    """Publish a job and let workers in turn have answered each task; return the job's id.

    The job approves each answer as it settles, so that every one of them is paid.
    """
    job_id = filling.fill(database, buyer, Shape(tasks, approval="on_submit"))
    with database.unit_of_work() as uow:
        values = {
            "job": job_id,
            "workers": [hand.worker_id for hand in hands],
            "count": len(hands),
            "overlap": OVERLAP,
            "now": uow.now,
        }
        for statement in (_ENROL, _ANSWER, _TAKE):
            uow.session.execute(statement, values)
    stage.tidy(database)
    return job_id


def settled(database: Database, job_id: UUID) -> int:
    """Count the answers of a job that are settled and approved."""
    with database.unit_of_work() as uow:
        query = (
            "SELECT count(*) FROM assignments"
            " WHERE job_id = :job AND state = 'approved' AND settled_at IS NOT NULL"
        )
        return int(uow.session.scalar(text(query), {"job": job_id}) or 0)


_ENROL = text(
    """
INSERT INTO enrolments (job_id, worker_id, state, state_at, guidelines_seen, cursor_rank,
    claims_count, gold_count, skipped_in_row, checked_at, is_newcomer, answers_excluded, created_at)
SELECT :job, worker, 'active', :now, 1, 0, 0, 0, 0, :now, false, false, :now
FROM unnest(CAST(:workers AS uuid[])) worker
"""
)
_ANSWER = text(
    """
WITH given AS (
    SELECT t.id AS task_id, uuidv7() AS id,
        (CAST(:workers AS uuid[]))[1 + (t.position * :overlap + n) % :count] AS worker_id,
        CASE WHEN (t.position * 7 + n * 3) % 10 = 0 THEN 'dog' ELSE 'cat' END AS said
    FROM tasks t CROSS JOIN generate_series(1, :overlap) n WHERE t.job_id = :job
), kept AS (
    INSERT INTO assignments (job_id, id, worker_id, task_id, state, state_at, claimed_at,
        deadline_at, deadline_max_at, submitted_at, final_at, decide_by, guidelines_version,
        interface_version, price_version, reward_micros, fee_micros, given, revision,
        active_seconds)
    SELECT :job, g.id, g.worker_id, g.task_id, 'submitted', :now, :now, :now, :now, :now, :now,
        CAST(:now AS timestamptz) + interval '3 days', 1, 1, p.version, p.reward_micros,
        p.fee_micros, jsonb_build_object('answer', g.said), 1, 10
    FROM given g JOIN jobs j ON j.id = :job
    JOIN job_versions p ON p.job_id = j.id AND p.part = 'price' AND p.version = j.price_version
)
SELECT count(*) FROM given
"""
)
_TAKE = text("UPDATE tasks SET slots_open = 0, slots_taken = slots_max WHERE job_id = :job")
