"""Tasks imported and answers exported in bulk, each file by one chore in one process."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import text

from bench import chore, stage
from bench.measuring import Row
from bench.serving import backlog, crowd
from kernel.db import Database
from kernel.runtime import Runtime
from marketplace.jobs import drafting, queries
from marketplace.jobs.intake import importing
from marketplace.jobs.models import Import
from marketplace.review import exporting
from marketplace.review.models import Export

ABOUT = (
    "Files of many rows in and out. An import reads an uploaded file, checks each row, finds "
    "repeats and adds tasks with all their indexes, durably, in one transaction; an export writes "
    "the answers of a job (three to a task), or the labels they led to, and marks what it took. "
    "Each is one chore in one process, whose memory at the highest is shown. The floors are COPY "
    "of the same file into one durable table without keys, and COPY of the same answers out of "
    "PostgreSQL with nothing said about them. Exported again, nothing has to be marked. SIZE=1M "
    "takes a million rows. One round."
)
ANSWERS_TO_A_TASK = 3
WORKERS = 200
ITEM = "A sentence, number {number}, of which somebody is to say whether it is on cats or dogs."


def measure(count: int) -> list[Row]:
    """Measure both directions with so many rows, each beside its floor."""
    with stage.opened() as runtime:
        buyer = stage.a_buyer(runtime)
        with tempfile.TemporaryDirectory() as folder:
            table, lines = _files(Path(folder), count)
            floor = _copy_in(runtime.database, table)
            rows = [
                Row("COPY of the table", "rows", (floor,), (floor,)),
                _import(runtime, buyer, "tasks imported from CSV", table, floor),
                _import(runtime, buyer, "tasks imported from JSON Lines", lines, floor),
            ]
        return [*rows, *_exports(runtime, buyer, count)]


def _files(folder: Path, count: int) -> tuple[Path, Path]:
    """Write the same tasks as a table and as JSON Lines."""
    table, lines = folder / "tasks.csv", folder / "tasks.jsonl"
    with table.open("w", newline="") as first, lines.open("w") as second:
        writer = csv.DictWriter(first, ["external_id", "item", "source"])
        writer.writeheader()
        for number in range(count):
            row = {
                "external_id": f"row-{number}",
                "item": ITEM.format(number=number),
                "source": "bench",
            }
            writer.writerow(row)
            second.write(json.dumps(row) + "\n")
    return table, lines


def _import(runtime: Runtime, buyer: stage.Buyer, name: str, path: Path, floor: float) -> Row:
    with path.open("rb") as stream, runtime.database.unit_of_work(buyer.identity) as uow:
        job = drafting.create(uow, buyer.organisation_id, stage.DRAFT)
        upload = importing.Upload(stream, path.name, path.stat().st_size)
        import_id = importing.begin(uow, job, runtime.storage, upload, False).id
    took = chore.run(runtime, "jobs.import_tasks", import_id)
    with runtime.database.unit_of_work() as uow:
        done = uow.get(Import, import_id, "There is no such import.")
        assert done.rows_added == done.rows_read, done.report
        return _row(name, took, done.rows_added, floor)


def _exports(runtime: Runtime, buyer: stage.Buyer, count: int) -> Iterator[Row]:
    """Export a job's answers and labels, each twice."""
    hands = crowd.hire(runtime.database, WORKERS)
    job_id = backlog.pile_up(runtime.database, buyer, hands, count // ANSWERS_TO_A_TASK)
    _settle(runtime.database, job_id)
    floor = _copy_out(runtime.database, job_id)
    yield Row("COPY of the answers", "rows", (floor,), (floor,))
    for content in (exporting.LABELS, exporting.ANSWERS):
        for name in (f"{content} exported", f"{content} exported again"):
            written, took = _export(runtime, buyer, job_id, content)
            yield _row(name, took, written, floor)


def _export(
    runtime: Runtime, buyer: stage.Buyer, job_id: UUID, content: str
) -> tuple[int, chore.Took]:
    with runtime.database.unit_of_work(buyer.identity) as uow:
        wanted = exporting.Wanted("jsonl", content)
        export_id = exporting.ask(uow, queries.job(uow, job_id), wanted).id
    took = chore.run(runtime, "review.export", export_id)
    with runtime.database.unit_of_work() as uow:
        return uow.get(Export, export_id, "There is no such export.").rows_count, took


def _row(name: str, took: chore.Took, count: int, floor: float) -> Row:
    notes = {"rows": f"{count:,}", "memory, MB": f"{took.megabytes:.0f}"}
    return Row(name, "rows", (count / took.seconds,), (floor,), notes)


def _copy_in(database: Database, path: Path) -> float:
    """Return how many rows a second COPY alone takes in."""
    with database.engine.begin() as line:
        line.execute(text("CREATE TABLE bench_copied (external_id text, item text, source text)"))
    with path.open("rb") as stream:
        return _timed(database, "COPY bench_copied FROM STDIN (FORMAT csv, HEADER)", stream)


def _copy_out(database: Database, job_id: UUID) -> float:
    """Return how many answers a second COPY alone gives out."""
    query = f"COPY (SELECT * FROM assignments WHERE job_id = '{job_id}') TO STDOUT"
    return _timed(database, query, io.BytesIO())


def _timed(database: Database, statement: str, stream: BinaryIO) -> float:
    started = time.perf_counter()
    with database.engine.begin() as line:
        raw: Any = line.connection.driver_connection
        with raw.cursor() as cursor:
            with cursor.copy(statement) as copy:
                if "STDIN" in statement:
                    while piece := stream.read(1 << 20):
                        copy.write(piece)
                else:
                    for piece in copy:
                        stream.write(piece)
            count: int = cursor.rowcount
    return count / (time.perf_counter() - started)


def _settle(database: Database, job_id: UUID) -> None:
    """Let all answers of a job be kept, settled and approved, and their labels concluded."""
    with database.unit_of_work() as uow:
        values = {"job": job_id, "now": uow.now, "result": json.dumps(stage.RESULT)}
        for statement in (_KEEP, _APPROVE, _CONCLUDE):
            uow.session.execute(statement, values)
    stage.tidy(database)


_KEEP = text(
    """
INSERT INTO answers (job_id, assignment_id, revision, at, result, given, digest, active_seconds)
SELECT job_id, id, 1, :now, CAST(:result AS jsonb), given, '', 10 FROM assignments
WHERE job_id = :job
"""
)
_APPROVE = text(
    "UPDATE assignments SET state = 'approved', settled_at = :now, decided_by = 'policy'"
    " WHERE job_id = :job"
)
_CONCLUDE = text(
    """
INSERT INTO labels (job_id, task_id, control, value, confidence, answers_count, model,
    model_version, state, state_at, version, needs_review)
SELECT job_id, id, 'answer', '"cat"', 0.99, 3, 'dawid-skene', 1, 'final', :now, 1, false
FROM tasks WHERE job_id = :job
"""
)
