"""Hold the rows of one import in a temporary table until all of them are known to be good."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from kernel.db import UnitOfWork
from marketplace.jobs import slots
from marketplace.jobs.intake.checking import TaskDraft
from marketplace.jobs.intake.reports import PROBLEMS_MAX, Report
from marketplace.jobs.models import Job
from marketplace.jobs.reading import RowProblem

_CREATE = text(
    """
CREATE TEMPORARY TABLE import_rows (
    place bigint GENERATED ALWAYS AS IDENTITY, row_number bigint NOT NULL, data jsonb NOT NULL,
    external_id text, priority smallint NOT NULL, known jsonb, explanation text NOT NULL,
    prediction jsonb, content_hash text NOT NULL
) ON COMMIT DROP
"""
)
_COPY = """COPY import_rows (row_number, data, external_id, priority, known, explanation,
    prediction, content_hash) FROM STDIN"""
_LEAVE_OUT = text(
    """
DELETE FROM import_rows r USING tasks t
WHERE t.job_id = :job AND (t.content_hash = r.content_hash OR t.external_id = r.external_id)
RETURNING r.row_number, t.content_hash = r.content_hash AS same_data
"""
)
# Rows of one import keep their order; uuidv7() makes ids of the same order within a session.
_INSERT = text(
    """
WITH numbered AS (
    SELECT r.*, :next + row_number() OVER (ORDER BY place) - 1 AS position FROM import_rows r
), added AS (
    INSERT INTO tasks (job_id, id, position, priority, rank, external_id, data, content_hash,
        prediction, known, explanation, lane, state, slots_open, slots_taken, slots_max,
        created_at)
    SELECT :job, uuidv7(), position, priority, (1000 - priority) * 10000000000 + position,
        external_id, data, content_hash, prediction, known, explanation,
        CASE WHEN known IS NULL THEN 1 ELSE 2 END, 'waiting', 0, 0,
        CASE WHEN known IS NULL THEN :answers_max ELSE :gold_max END, :now
    FROM numbered ORDER BY place
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
    connection = uow.session.connection().connection.driver_connection
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


def leave_out_known(uow: UnitOfWork, job_id: UUID, report: Report) -> None:
    """Leave out rows whose data or external id the job has already, and report them.

    The caller holds the job's row, so no other import adds tasks meanwhile.
    """
    uow.session.execute(text("ANALYZE import_rows"))
    rows = uow.session.execute(_LEAVE_OUT, {"job": job_id})
    repeated: dict[int, bool] = {row.row_number: row.same_data for row in rows}
    for row_number, same_data in sorted(repeated.items()):
        name, what = ("", "data") if same_data else ("external_id", "external_id")
        sentence = f"The job already has a task with the same {what}, so this row was left out."
        if len(report.repeats) < PROBLEMS_MAX:
            report.repeats.append(RowProblem(row_number, name, "row_already_there", sentence))
    report.duplicates += len(repeated)
    report.rows_good -= len(repeated)


def insert(uow: UnitOfWork, job: Job) -> int:
    """Turn the rows into tasks of a job whose row is locked; return how many there were."""
    plain, gold = uow.session.execute(
        _INSERT,
        {
            "job": job.id,
            "next": job.next_position,
            "answers_max": job.answers_max,
            "gold_max": slots.GOLD_SLOTS_MAX,
            "now": uow.now,
        },
    ).one()
    job.next_position += plain + gold
    job.tasks_count += plain
    job.gold_count += gold
    return int(plain + gold)
