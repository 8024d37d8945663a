"""Hold the rows of one import in a temporary table until all of them are known to be good."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import text

from kernel.db import UnitOfWork
from kernel.sql import arrays
from marketplace.jobs import slots
from marketplace.jobs.intake import repeats
from marketplace.jobs.intake.checking import TaskDraft
from marketplace.jobs.intake.reports import Report
from marketplace.jobs.models import Job
from marketplace.jobs.reading import RowProblem

# Enough to tell a million rows apart in memory; it is asked for once an import, in its chore.
_CREATE = text(
    """
CREATE TEMPORARY TABLE import_rows (
    row_number bigint PRIMARY KEY, data jsonb NOT NULL, external_id text,
    priority smallint NOT NULL, known jsonb, explanation text NOT NULL, prediction jsonb,
    content_hash text NOT NULL
) ON COMMIT DROP
"""
)
_ROOM = text("SELECT set_config('work_mem', '64MB', true)")
_COPY = """COPY import_rows (row_number, data, external_id, priority, known, explanation,
    prediction, content_hash) FROM STDIN"""
# Rows that share their data or their external id with another row of the file.
_TWINS = text(
    """
WITH same_data AS (
    SELECT content_hash FROM import_rows GROUP BY content_hash HAVING count(*) > 1
), same_name AS (
    SELECT external_id FROM import_rows GROUP BY external_id HAVING count(external_id) > 1
)
SELECT row_number, content_hash, external_id FROM import_rows r
LEFT JOIN same_data d USING (content_hash) LEFT JOIN same_name n USING (external_id)
WHERE d.content_hash IS NOT NULL OR n.external_id IS NOT NULL
ORDER BY row_number
"""
).execution_options(yield_per=5_000)
_LEAVE_OUT = text("DELETE FROM import_rows WHERE row_number = ANY (CAST(:rows AS bigint[]))")
_KNOWN = text(
    """
SELECT row_number, bool_or(same_data) AS same_data FROM (
    SELECT r.row_number, true AS same_data FROM import_rows r
    JOIN tasks t ON t.job_id = :job AND t.content_hash = r.content_hash
    UNION ALL
    SELECT r.row_number, false FROM import_rows r
    JOIN tasks t ON t.job_id = :job AND t.external_id = r.external_id) AS known
GROUP BY row_number ORDER BY row_number
"""
).execution_options(yield_per=5_000)
# Rows of one import keep their order; uuidv7() makes ids of the same order within a session.
_INSERT = text(
    """
WITH numbered AS (
    SELECT r.*, :next + row_number() OVER (ORDER BY row_number) - 1 AS position FROM import_rows r
), added AS (
    INSERT INTO tasks (job_id, id, position, priority, rank, external_id, data, content_hash,
        prediction, known, explanation, lane, state, slots_open, slots_taken, slots_max,
        created_at, is_audited)
    SELECT :job, uuidv7(), position, priority, (1000 - priority) * 10000000000 + position,
        external_id, data, content_hash, prediction, known, explanation,
        CASE WHEN known IS NULL THEN 1 ELSE 2 END, 'waiting', 0, 0,
        CASE WHEN known IS NULL THEN :answers_max ELSE :gold_max END, :now,
        known IS NOT NULL AND :gold_is_random
    FROM numbered ORDER BY row_number
    RETURNING lane
)
SELECT count(*) FILTER (WHERE lane = 1) AS plain, count(*) FILTER (WHERE lane = 2) AS gold
FROM added
"""
)


def begin(uow: UnitOfWork) -> None:
    """Create the table; it goes with the transaction, however that ends."""
    uow.session.execute(_CREATE)


def add(uow: UnitOfWork, drafts: Sequence[TaskDraft]) -> None:
    """Copy good rows into the table."""
    connection = uow.line.connection.driver_connection
    assert connection is not None, "a unit of work that has begun is connected"
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for draft in drafts:
            copy.write_row(
                (
                    draft.row_number,
                    draft.data_json,
                    draft.external_id,
                    draft.priority,
                    json.dumps(draft.known) if draft.known else None,
                    draft.explanation,
                    json.dumps(draft.prediction) if draft.prediction else None,
                    draft.content_hash,
                )
            )


def leave_out_repeats(uow: UnitOfWork, report: Report) -> None:
    """Leave out rows that repeat an earlier row of the file, and report them."""
    uow.session.execute(text("ANALYZE import_rows"))
    uow.session.execute(_ROOM)
    _leave_out(uow, report, repeats.find(uow.session.execute(_TWINS)))


def leave_out_known(uow: UnitOfWork, job: Job, report: Report) -> None:
    """Leave out rows whose data or external id the job has already, and report them.

    The caller holds the job's row, so no other import adds tasks meanwhile.
    """
    if job.next_position > 1:
        rows = uow.session.execute(_KNOWN, {"job": job.id})
        _leave_out(uow, report, (_already_there(row.row_number, row.same_data) for row in rows))


def _leave_out(uow: UnitOfWork, report: Report, found: Iterable[RowProblem]) -> None:
    numbers = []
    for problem in found:
        report.leave_out(problem)
        numbers.append(problem.row)
    if numbers:
        uow.session.execute(_LEAVE_OUT, {"rows": arrays.literal(numbers)})


def _already_there(row_number: int, same_data: bool) -> RowProblem:
    name, what = ("", "data") if same_data else ("external_id", "external_id")
    sentence = f"The job already has a task with the same {what}, so this row was left out."
    return RowProblem(row_number, name, "row_already_there", sentence)


def insert(uow: UnitOfWork, job: Job, gold_is_random: bool) -> int:
    """Turn the rows into tasks of a job whose row is locked; return how many there were.

    Gold that was drawn at random is marked so: it, and no other, calibrates confidences.
    """
    plain, gold = uow.session.execute(
        _INSERT,
        {
            "job": job.id,
            "next": job.next_position,
            "answers_max": job.answers_max,
            "gold_max": slots.GOLD_SLOTS_MAX,
            "gold_is_random": gold_is_random,
            "now": uow.now,
        },
    ).one()
    job.next_position += plain + gold
    job.tasks_count += plain
    job.gold_count += gold
    return int(plain + gold)
