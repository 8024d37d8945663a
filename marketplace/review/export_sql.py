"""The statements of an export: which tasks come next, what they say, and what is taken."""

from __future__ import annotations

from sqlalchemy import text

# Answers that a label of theirs rests on, or all; never rejected ones or those left out.
UNDER_LABELS = """AND EXISTS (
    SELECT FROM labels l WHERE l.job_id = a.job_id AND l.task_id = a.task_id
    AND l.answers_count > 0)"""
ALL_ANSWERS = ""
_USABLE = """a.job_id = :job AND a.task_id = ANY (CAST(:tasks AS uuid[]))
    AND a.given IS NOT NULL AND a.final_at <= :now AND a.settled_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM enrolments e WHERE e.job_id = a.job_id
                    AND e.worker_id = a.worker_id AND e.answers_excluded)"""
# Tasks whose answers and labels all went into an earlier export are only read.
LOCK_UNTAKEN = text(
    """
SELECT count(*) FROM (
    SELECT t.id FROM tasks t
    WHERE t.job_id = :job AND t.id = ANY (CAST(:tasks AS uuid[])) AND (
        EXISTS (SELECT FROM labels l WHERE l.job_id = t.job_id AND l.task_id = t.id
                AND l.taken_at IS NULL)
        OR EXISTS (SELECT FROM assignments a WHERE a.job_id = t.job_id AND a.task_id = t.id
                   AND a.taken_at IS NULL AND a.given IS NOT NULL))
    ORDER BY t.id FOR NO KEY UPDATE OF t) AS held
"""
)
UNDECIDED = (
    "SELECT a.id, a.worker_id, a.reward_micros, a.fee_micros FROM assignments a"
    f" WHERE {_USABLE} AND a.state = 'submitted' {{which}} ORDER BY a.id FOR NO KEY UPDATE"
)
TAKE_ANSWERS = (
    "UPDATE assignments a SET taken_at = :now"
    f" WHERE {_USABLE} AND a.state = 'approved' AND a.taken_at IS NULL {{which}}"
)
TAKE_LABELS = text(
    "UPDATE labels SET taken_at = :now WHERE job_id = :job AND taken_at IS NULL"
    " AND task_id = ANY (CAST(:tasks AS uuid[])) AND (answers_count > 0 OR reviewed_by IS NOT NULL)"
)
NEXT_TASKS = text(
    "SELECT id, position FROM tasks WHERE job_id = :job AND position > :after AND lane < 2"
    " AND state <> 'withdrawn' ORDER BY position LIMIT :most"
)
LABELS = text(
    """
SELECT t.id::text AS task_id, t.external_id, t.data, l.control, l.value,
    l.confidence::float8 AS confidence, l.answers_count, l.model, l.model_version, l.state,
    l.version, l.reviewed_by IS NOT NULL AS is_reviewed
FROM labels l JOIN tasks t ON t.job_id = l.job_id AND t.id = l.task_id
WHERE l.job_id = :job AND l.task_id = ANY (CAST(:tasks AS uuid[]))
  AND (l.answers_count > 0 OR l.reviewed_by IS NOT NULL)
ORDER BY t.position, l.control
"""
)
ANSWERS = text(
    f"""
SELECT t.id::text AS task_id, t.external_id, t.data, a.id AS answer_id, w.handle AS worker,
    a.given AS values, a.state, a.revision, a.guidelines_version, a.interface_version,
    a.price_version, a.claimed_at, a.submitted_at, a.active_seconds, r.result
FROM assignments a
JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id
JOIN answers r ON r.job_id = a.job_id AND r.assignment_id = a.id AND r.revision = a.revision
JOIN workers w ON w.id = a.worker_id
WHERE {_USABLE} AND a.state = 'approved'
ORDER BY t.position, a.id
"""
)
