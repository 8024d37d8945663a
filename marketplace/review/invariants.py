"""What must always be true between a job's rows and its money: named questions for the books."""

from __future__ import annotations

from payouts import invariants
from payouts.books.truths import Invariant

_RESERVED = """
SELECT j.id, coalesce(b.balance, 0), coalesce(o.micros, 0) + coalesce(h.micros, 0)
FROM jobs j
LEFT JOIN accounts b ON b.kind = 'job_reserved' AND b.owner = 'job:' || j.id
    AND b.currency = j.currency
LEFT JOIN LATERAL (
    SELECT sum(t.slots_open) * (p.reward_micros + p.fee_micros) AS micros
    FROM tasks t JOIN job_versions p ON p.job_id = j.id AND p.part = 'price'
        AND p.version = j.price_version
    WHERE t.job_id = j.id AND t.slots_open > 0
    GROUP BY p.reward_micros, p.fee_micros) o ON true
LEFT JOIN LATERAL (
    SELECT sum(a.reward_micros + a.fee_micros) AS micros FROM assignments a
    WHERE a.job_id = j.id AND (a.state IN ('claimed', 'submitted')
        OR a.state = 'rejected' AND a.reserve_released_at IS NULL)) h ON true
WHERE coalesce(b.balance, 0) <> coalesce(o.micros, 0) + coalesce(h.micros, 0)
"""
_APPROVED = """
SELECT coalesce(a.ref, j.ref) FROM
    (SELECT 'assignment:' || job_id || '/' || id AS ref FROM assignments
     WHERE state = 'approved') a
FULL JOIN (SELECT ref FROM journals WHERE kind = 'approve') j ON j.ref = a.ref
WHERE a.ref IS NULL OR j.ref IS NULL
"""
_TAKEN = """
SELECT t.job_id, t.id, t.slots_taken, count(a.id) FROM tasks t
LEFT JOIN assignments a ON a.job_id = t.job_id AND a.task_id = t.id
    AND a.state IN ('claimed', 'submitted', 'approved', 'rejected')
GROUP BY t.job_id, t.id HAVING t.slots_taken <> count(a.id)
"""
_LABELS = """
SELECT l.job_id, l.task_id, l.control FROM labels l
WHERE l.reviewed_by IS NULL AND l.answers_count > (
    SELECT count(*) FROM assignments a
    WHERE a.job_id = l.job_id AND a.task_id = l.task_id AND a.state IN ('submitted', 'approved')
      AND a.given ? l.control)
"""


WORK = "work"
TRUTHS = (
    Invariant(
        "reserves_match_slots",
        "A job's reserve is its open slots, claims, undecided answers and rejected ones on hold.",
        _RESERVED,
        halts=True,
        about=WORK,
    ),
    Invariant(
        "approved_means_paid",
        "An assignment is approved if and only if one journal pays it.",
        _APPROVED,
        halts=True,
        about=WORK,
    ),
    Invariant(
        "slots_match_assignments",
        "A task's taken slots are the assignments that hold one.",
        _TAKEN,
        halts=False,
        about=WORK,
    ),
    Invariant(
        "labels_rest_on_answers",
        "A label never rests on a rejected answer.",
        _LABELS,
        halts=False,
        about=WORK,
    ),
)


def register_all() -> None:
    """Add our truths to those the books check."""
    for truth in TRUTHS:
        invariants.register(truth)
