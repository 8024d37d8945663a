"""The claim in two statements: read what it rests on; pick tasks, take slots, insert assignments.

Lanes are probed in this order: gold (as many as the plan says, drawn in an order of the worker's
own, and only while there is real work), re-opened slots, the first pass onward from the worker's
cursor, the first pass from its start, and last what the worker once let go. Every sub-query names
the job as a constant, so that one partition is touched. With {skip} empty the statement waits for
rows that others hold.

What the worker holds is counted here, after the enrolment was locked: two claims of one worker
queue at that lock, and only a statement that begins behind it sees what the first one took.

What was picked goes on as an array: the planner takes a limit it cannot read for a tenth of the
table, and would join so many by reading all of it.
"""

from __future__ import annotations

from kernel.sql import prepared
from kernel.sql.prepared import PLAN_ONCE, Prepared

_NEW_TO_WORKER = """NOT EXISTS (
        SELECT 1 FROM assignments a
        WHERE a.job_id = :job AND a.worker_id = :worker AND a.task_id = t.id)"""
_OPEN = """SELECT t.id FROM tasks t
    WHERE t.job_id = :job AND t.slots_open > 0
      AND (CAST(:only AS uuid[]) IS NULL OR t.id = ANY (CAST(:only AS uuid[])))"""

HELD = """SELECT count(*) FROM assignments h
    WHERE h.job_id = :job AND h.worker_id = :worker AND h.state = 'claimed'"""
_CLAIM = """
WITH room AS MATERIALIZED (
    SELECT GREATEST(LEAST(:count, :claims_max - count(*)), 0) AS n,
        CASE WHEN CAST(:gold_alone AS boolean)
            OR ({open} AND t.lane = 0 AND {new} ORDER BY t.rank LIMIT 1) IS NOT NULL
            OR ({open} AND t.lane = 1 AND t.rank > :cursor AND {new}
                ORDER BY t.rank LIMIT 1) IS NOT NULL
            OR ({open} AND t.lane = 1 AND t.rank <= :cursor AND {new}
                ORDER BY t.rank LIMIT 1) IS NOT NULL
        THEN CAST(:gold AS int) ELSE 0 END AS gold
    FROM assignments h
    WHERE h.job_id = :job AND h.worker_id = :worker AND h.state = 'claimed'
), gold AS MATERIALIZED (
    {open} AND t.lane = 2 AND {new}
    ORDER BY hashint8extended(t.rank, :shuffle)
    LIMIT (SELECT LEAST(gold, n) FROM room) FOR UPDATE OF t {skip}
), reopened AS MATERIALIZED (
    {open} AND t.lane = 0 AND {new}
    ORDER BY t.rank
    LIMIT (SELECT n FROM room) - (SELECT count(*) FROM gold) FOR UPDATE OF t {skip}
), onward AS MATERIALIZED (
    {open} AND t.lane = 1 AND t.rank > :cursor AND {new}
    ORDER BY t.rank
    LIMIT (SELECT n FROM room) - (SELECT count(*) FROM gold) - (SELECT count(*) FROM reopened)
    FOR UPDATE OF t {skip}
), around AS MATERIALIZED (
    {open} AND t.lane = 1 AND t.rank <= :cursor AND {new}
    ORDER BY t.rank
    LIMIT (SELECT n FROM room) - (SELECT count(*) FROM gold) - (SELECT count(*) FROM reopened)
        - (SELECT count(*) FROM onward)
    FOR UPDATE OF t {skip}
), lapsed AS MATERIALIZED (
    {open} AND t.lane < 2
      AND t.id IN (SELECT a.task_id FROM assignments a
                   WHERE a.job_id = :job AND a.worker_id = :worker
                     AND a.state IN ('returned', 'skipped', 'expired'))
      AND NOT EXISTS (SELECT 1 FROM assignments a
                      WHERE a.job_id = :job AND a.worker_id = :worker AND a.task_id = t.id
                        AND a.state IN ('claimed', 'submitted', 'approved', 'rejected', 'broken'))
    ORDER BY t.rank
    LIMIT (SELECT n FROM room) - (SELECT count(*) FROM gold) - (SELECT count(*) FROM reopened)
        - (SELECT count(*) FROM onward) - (SELECT count(*) FROM around)
    FOR UPDATE OF t {skip}
), picked AS (
    SELECT id FROM gold UNION ALL SELECT id FROM reopened UNION ALL SELECT id FROM onward
    UNION ALL SELECT id FROM around UNION ALL SELECT id FROM lapsed
), taken AS (
    UPDATE tasks t SET slots_open = t.slots_open - 1, slots_taken = t.slots_taken + 1
    WHERE t.job_id = :job AND t.id = ANY (ARRAY(SELECT id FROM picked)) AND t.slots_open > 0
    RETURNING t.id, t.rank, t.lane, t.data, t.known_version
), numbered AS (
    SELECT taken.*, row_number() OVER (ORDER BY random()) AS place FROM taken
), claimed AS (
    INSERT INTO assignments (job_id, id, worker_id, task_id, state, state_at, claimed_at,
        deadline_at, deadline_max_at, guidelines_version, interface_version, price_version,
        gold_version, reward_micros, fee_micros)
    SELECT :job, ids.id, :worker, numbered.id, 'claimed', :now, :now, :deadline, :deadline_max,
        :guidelines, :interface, :price,
        CASE WHEN numbered.lane = 2 THEN numbered.known_version END, :reward, :fee
    FROM numbered JOIN unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS ids (id, place)
        USING (place)
    RETURNING id, task_id
), moved AS (
    UPDATE enrolments e SET
        claims_count = e.claims_count + (SELECT count(*) FROM taken),
        gold_count = e.gold_count + (SELECT count(*) FROM taken WHERE lane = 2),
        cursor_rank = COALESCE(
            (SELECT max(rank) FROM taken WHERE lane = 1 AND id IN (SELECT id FROM around)),
            (SELECT max(rank) FROM taken WHERE lane = 1 AND id IN (SELECT id FROM onward)),
            e.cursor_rank)
    WHERE e.job_id = :job AND e.worker_id = :worker
)
SELECT claimed.id, taken.data FROM claimed JOIN taken ON taken.id = claimed.task_id
"""


# All that a claim rests on. The job is held as it is against a change of its price, the enrolment
# so that two claims of one worker queue.
STANDING = prepared.statement(
    f"""
WITH job AS MATERIALIZED (
    SELECT id, organisation_id, currency, state, pause_reason, guidelines_version,
        interface_version, price_version, answers_max, lease_seconds, lease_seconds_max,
        claims_max, gold_first, gold_every, gold_count, newcomers_basis_points, tasks_count
    FROM jobs WHERE id = :job FOR KEY SHARE
)
SELECT job.*, v.reward_micros, v.fee_micros, w.state AS worker_state, e.worker_id,
    e.state AS enrolment_state, e.state_reason, e.guidelines_seen, e.cursor_rank, e.is_newcomer,
    e.checked_at,
    COALESCE((SELECT g."right" FROM gold_records g
              WHERE g.job = :job AND g.worker_id = :worker), 0) AS gold_right,
    ({HELD}) AS held_count, {PLAN_ONCE}
FROM job
JOIN enrolments e ON e.job_id = :job AND e.worker_id = :worker
JOIN workers w ON w.id = :worker
JOIN job_versions v ON v.job_id = :job AND v.part = 'price' AND v.version = job.price_version
FOR NO KEY UPDATE OF e
"""
)
HELD_COUNT = prepared.statement(HELD)


def _statement(skip: str) -> Prepared:
    return prepared.statement(_CLAIM.format(open=_OPEN, new=_NEW_TO_WORKER, skip=skip))


CLAIM = _statement("SKIP LOCKED")
CLAIM_WAITING = _statement("")
