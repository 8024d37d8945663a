"""The least SQL that hands out tasks and keeps answers, for the floors.

It keeps what must hold (nobody twice on a task, no task over its maximum) and nothing else: one
lane, no cursor, no price, no gold, no leases, no news.
"""

from __future__ import annotations

import re

KEY = "SELECT worker_id FROM bench_keys WHERE key = :key"
CLAIM = """
WITH picked AS MATERIALIZED (
    SELECT t.id, t.data FROM tasks t
    WHERE t.job_id = :job AND t.slots_open > 0 AND t.lane = 1 AND NOT EXISTS (
        SELECT FROM assignments a
        WHERE a.job_id = :job AND a.worker_id = :worker AND a.task_id = t.id)
    ORDER BY t.rank LIMIT :count FOR UPDATE OF t SKIP LOCKED
), taken AS (
    UPDATE tasks t SET slots_open = t.slots_open - 1, slots_taken = t.slots_taken + 1
    WHERE t.job_id = :job AND t.id = ANY (ARRAY(SELECT id FROM picked)) RETURNING t.id
), claimed AS (
    INSERT INTO assignments (job_id, id, worker_id, task_id, state, state_at, claimed_at,
        deadline_at, deadline_max_at, guidelines_version, interface_version, price_version,
        reward_micros, fee_micros)
    SELECT :job, uuidv7(), :worker, id, 'claimed', now(), now(), now(), now(), 1, 1, 1, 50000, 7500
    FROM taken RETURNING id, task_id
)
SELECT claimed.id, picked.data FROM claimed JOIN picked ON picked.id = claimed.task_id
"""
SUBMIT = """
WITH given AS MATERIALIZED (
    SELECT unnest(CAST(:ids AS uuid[])) AS id, unnest(CAST(:results AS text[]))::jsonb AS result
), moved AS (
    UPDATE assignments a SET state = 'submitted', submitted_at = now(), final_at = now()
    FROM given g
    WHERE a.job_id = :job AND a.id = g.id AND a.worker_id = :worker AND a.state = 'claimed'
    RETURNING a.id
), kept AS (
    INSERT INTO answers
        (job_id, assignment_id, revision, at, result, given, digest, active_seconds)
    SELECT :job, g.id, 1, now(), g.result, '{}', '', 10 FROM given g JOIN moved m ON m.id = g.id
    RETURNING assignment_id
)
SELECT count(*) FROM kept
"""
TABLE = "CREATE TABLE IF NOT EXISTS bench_keys (key text PRIMARY KEY, worker_id uuid NOT NULL)"


def for_driver(statement: str) -> str:
    """Write the parameters as psycopg reads them."""
    return re.sub(r"(?<!:):([a-z]+)", r"%(\1)s", statement)


def for_pgbench(job: str) -> str:
    """Return pgbench's script of one claim and one answer of a worker by turns."""
    claim = re.sub(r"(?<!:):job", f"CAST('{job}' AS uuid)", CLAIM)
    submit = re.sub(r"(?<!:):job", f"CAST('{job}' AS uuid)", SUBMIT)
    for name, value in {"worker": "CAST(:worker_id AS uuid)", "count": "1"}.items():
        claim = re.sub(rf"(?<!:):{name}\b", value, claim)
        submit = re.sub(rf"(?<!:):{name}\b", value, submit)
    submit = submit.replace(":ids", "ARRAY[:id]").replace(":results", "ARRAY['[]']")
    steps = (
        r"\set key :client_id",
        f"{KEY.replace(':key', 'CAST(:key AS text)')} \\gset",
        "BEGIN;",
        f"{claim.strip()} \\gset",
        "COMMIT;",
        "BEGIN;",
        f"{submit.strip()};",
        "COMMIT;",
    )
    return "\n".join(step.replace("\n", " ") for step in steps) + "\n"
