"""Look, when all is quiet again, whether every promise was kept."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from sqlalchemy import text

from kernel.db import UnitOfWork
from kernel.types import decode_pair
from payouts import invariants

CHECKED_AT_ONCE = 5_000


def broken(uow: UnitOfWork, acknowledged: Mapping[str, str]) -> list[str]:
    """Return a sentence for each promise that was not kept.

    `acknowledged` holds what was said by the outward id of each answer that the service kept.
    """
    found = [f"{one.name}: {one.sentence} {one.rows[:3]}" for one in invariants.check(uow)]
    found += _lost(uow, acknowledged)
    for sentence, query in QUESTIONS.items():
        rows = uow.session.execute(text(query), {"now": uow.now}).fetchmany(3)
        if rows:
            found.append(f"{sentence} {[tuple(row) for row in rows]}")
    return found


def waiting(uow: UnitOfWork) -> list[str]:
    """Name what is due and not done yet; nothing when all is quiet."""
    found = uow.session.execute(text(_WAITING), {"now": uow.now}).mappings().one()
    return [f"{what}: {count}" for what, count in found.items() if count]


def _lost(uow: UnitOfWork, acknowledged: Mapping[str, str]) -> list[str]:
    missing = []
    for some in _batches(sorted(acknowledged)):
        pairs = [decode_pair(outward) for outward in some]
        values = {"jobs": [job for job, _ in pairs], "ids": [id_ for _, id_ in pairs]}
        rows = uow.session.execute(text(_KEPT), values)
        kept = {(row.job_id, row.id): row.said for row in rows}
        missing += [
            f"An acknowledged answer is gone or changed: {outward}, {acknowledged[outward]}"
            for outward, pair in zip(some, pairs, strict=True)
            if kept.get(pair) != acknowledged[outward]
        ]
    return missing[:3]


def _batches(names: list[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while some := list(itertools.islice(rest, CHECKED_AT_ONCE)):
        yield some


_KEPT = """
SELECT a.job_id, a.id, a.given ->> 'answer' AS said FROM assignments a
JOIN unnest(CAST(:jobs AS uuid[]), CAST(:ids AS uuid[])) AS k (job_id, id) USING (job_id, id)
JOIN answers r ON r.job_id = a.job_id AND r.assignment_id = a.id AND r.revision = a.revision
WHERE a.state IN ('submitted', 'approved', 'rejected') AND r.given = a.given
"""
_WAITING = """
SELECT (SELECT count(*) FROM outbox) AS news,
    (SELECT count(*) FROM chores_due WHERE due_at <= :now AND name LIKE 'review.settle%')
        AS settling,
    (SELECT count(*) FROM assignments WHERE state = 'submitted' AND settled_at IS NULL)
        AS unsettled,
    (SELECT count(*) FROM assignments WHERE state = 'submitted' AND settled_at IS NOT NULL)
        AS undecided,
    (SELECT count(*) FROM assignments WHERE state = 'claimed' AND deadline_at < :now) AS overdue
"""
QUESTIONS = {
    "A task is held by more than it may be.": """
        SELECT a.job_id, a.task_id, count(*) FROM assignments a
        JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id
        WHERE a.state IN ('claimed', 'submitted', 'approved', 'rejected')
        GROUP BY a.job_id, a.task_id, t.slots_max HAVING count(*) > t.slots_max""",
    "Somebody is on a task twice.": """
        SELECT job_id, worker_id, task_id FROM assignments
        WHERE state IN ('claimed', 'submitted', 'approved', 'rejected')
        GROUP BY job_id, worker_id, task_id HAVING count(*) > 1""",
    "An answer was kept twice.": """
        SELECT job_id, assignment_id FROM answers GROUP BY job_id, assignment_id
        HAVING count(*) <> max(revision)""",
    "Somebody was paid twice for an answer.": """
        SELECT ref FROM journals WHERE kind = 'approve' GROUP BY ref HAVING count(*) > 1""",
    "An answer was never settled or decided.": """
        SELECT job_id, id FROM assignments WHERE state = 'submitted' AND decide_by < :now""",
    "A slot was lost: fewer are open, held or answered than were paid for.": """
        SELECT job_id, id FROM tasks WHERE state = 'open' AND slots_open + slots_taken < slots_max
        AND NOT waits_for_money AND slots_max - slots_open - slots_taken > 0""",
}
