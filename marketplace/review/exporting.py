"""Export labels or answers to a file; what is exported is taken, and taking an answer approves it.

Rows come in the order of import, with sorted keys and without the time of the export, so the same
rows give the same bytes. Tasks are taken in batches, each in a transaction of its own: what a
batch says and what it approves are true together, and an export that was killed starts again.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any
from uuid import UUID

from sqlalchemy import exists, insert, select, text, update

from kernel.db import Database, UnitOfWork
from kernel.errors import Conflict
from kernel.sql import arrays
from kernel.storage import FolderStorage
from kernel.types import encode_pair, new_id
from marketplace.jobs import interface
from marketplace.jobs import queries as job_queries
from marketplace.jobs.models import Job
from marketplace.review import export_sql
from marketplace.review.models import Export
from marketplace.review.settling import approving, tasks
from marketplace.review.states import EXPORT, ExportState

TASKS_MAX = 2_000
ROWS_AT_ONCE = 500
FILE_BYTES_MAX = 4 * 1024**3
FORMATS = ("jsonl", "csv")
LABELS, ANSWERS = "labels", "answers"
COLUMNS = {
    LABELS: (
        *("task_id", "external_id", "control", "value", "confidence", "answers_count"),
        *("model", "model_version", "state", "version", "is_reviewed"),
    ),
    ANSWERS: (
        *("task_id", "external_id", "answer_id", "worker", "values", "state", "revision"),
        *("guidelines_version", "interface_version", "price_version"),
        *("claimed_at", "submitted_at", "active_seconds"),
    ),
}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Wanted:
    """What to export and how; a release is an export with a name of its own within its job."""

    format: str
    content: str
    release: str | None = None


def ask(uow: UnitOfWork, job: Job, wanted: Wanted) -> Export:
    """Ask for an export; a chore writes its file."""
    job = job_queries.job(uow, job.id, lock=True)
    named = (Export.job_id == job.id, Export.release == wanted.release)
    if wanted.release is not None and uow.session.scalar(select(exists().where(*named))):
        raise Conflict(
            "release_exists", f"This job has a release named “{wanted.release}” already."
        )
    export_id = new_id()
    uow.session.execute(
        insert(Export).values(
            id=export_id,
            job_id=job.id,
            format=wanted.format,
            content=wanted.content,
            release=wanted.release,
            state=EXPORT.start,
            state_at=uow.now,
            rows_count=0,
            created_at=uow.now,
            created_by=uow.identity.user_id,
        )
    )
    what = {"content": wanted.content, "release": wanted.release}
    uow.audit("export.asked", f"export:{export_id}", after=what)
    uow.later("review.export", export_id)
    return uow.get(Export, export_id, "There is no such export.")


def write(database: Database, storage: FolderStorage, export_id: UUID) -> None:
    """Write the file of an export that waits, and note that it is done; twice does nothing more."""
    with database.unit_of_work() as uow:
        export = uow.get(Export, export_id, "There is no such export.")
    if export.state != ExportState.WAITING:
        return
    with tempfile.TemporaryFile() as draft:
        count = _write_rows(database, export, draft)
        draft.seek(0)
        digest = storage.put(draft, FILE_BYTES_MAX).digest
    database.run(lambda uow: _finish(uow, export_id, digest, count))


def _finish(uow: UnitOfWork, export_id: UUID, digest: str, rows_count: int) -> None:
    export = uow.get(Export, export_id, "There is no such export.", lock=True)
    if export.state == ExportState.WAITING:
        EXPORT.move(export, ExportState.DONE, uow.now)
        export.digest, export.rows_count = digest, rows_count


def _write_rows(database: Database, export: Export, draft: IO[bytes]) -> int:
    lines = _Lines(export.format, COLUMNS[export.content])
    draft.write(lines.head())
    after, count = database.run(_taking(_Batch(export, size_bytes=draft.tell()), lines, draft))
    while after:
        batch = _Batch(export, after, count, draft.tell())
        after, count = database.run(_taking(batch, lines, draft))
    return count


@dataclass(frozen=True)
class _Batch:
    """Some tasks of an export: those after a position; so many rows and bytes are written."""

    export: Export
    after: int = 0
    count: int = 0
    size_bytes: int = 0


def _taking(
    batch: _Batch, lines: _Lines, draft: IO[bytes]
) -> Callable[[UnitOfWork], tuple[int, int]]:
    def take(uow: UnitOfWork) -> tuple[int, int]:
        """Take a batch and write its rows; return the last position, 0 at the end, and all rows."""
        draft.seek(batch.size_bytes)
        draft.truncate()
        job = tasks.held_job(uow, batch.export.job_id)
        values = {"job": job.id, "after": batch.after, "most": TASKS_MAX, "now": uow.now}
        places = uow.session.execute(export_sql.NEXT_TASKS, values).all()
        if not places:
            return 0, batch.count
        values["tasks"] = arrays.literal(place.id for place in places)
        is_labels = batch.export.content == LABELS
        if uow.session.scalar(export_sql.LOCK_UNTAKEN, values):
            _take_answers(uow, job, values, is_labels=is_labels)
            if is_labels:
                uow.session.execute(export_sql.TAKE_LABELS, values)
        count = batch.count
        for rows in _shown(uow, job, values, is_labels=is_labels):
            draft.write(lines.of(rows))
            count += len(rows)
        # Whoever waits sees how far it is.
        mine = (Export.id == batch.export.id, Export.state == ExportState.WAITING)
        uow.session.execute(update(Export).where(*mine).values(rows_count=count))
        return places[-1].position, count

    return take


def _take_answers(uow: UnitOfWork, job: Job, values: Mapping[str, Any], *, is_labels: bool) -> None:
    """Mark the answers an export rests on as taken, and approve those nobody decided about."""
    which = export_sql.UNDER_LABELS if is_labels else export_sql.ALL_ANSWERS
    undecided = uow.session.execute(
        text(export_sql.UNDECIDED.format(which=which)), dict(values)
    ).all()
    if undecided:
        approving.lock_accounts(uow, job, undecided)
        approving.approve(uow, job, undecided, approving.BY_EXPORT)
    uow.session.execute(text(export_sql.TAKE_ANSWERS.format(which=which)), dict(values))


def _shown(
    uow: UnitOfWork, job: Job, values: Mapping[str, Any], *, is_labels: bool
) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a batch, some at a time: a task may show a megabyte."""
    shape = job_queries.interface_of(uow, job.id, job.interface_version)
    query = export_sql.LABELS if is_labels else export_sql.ANSWERS
    stream = uow.session.execute(query, values, execution_options={"yield_per": ROWS_AT_ONCE})
    names = list(stream.keys())
    for some in stream.partitions():
        rows = [dict(zip(names, row, strict=True)) for row in some]
        for row in rows:
            if is_labels:
                # As an answer would have said it.
                said = {row["control"]: row["value"]}
                row["result"] = interface.written(shape, said, row["data"])
            else:
                _write_plainly(row, job.id)
        yield rows


def _write_plainly(answer: dict[str, Any], job_id: UUID) -> None:
    """Turn ids and times of an answer into what JSON can hold."""
    answer["answer_id"] = encode_pair(job_id, answer["answer_id"])
    for name in ("claimed_at", "submitted_at"):
        answer[name] = answer[name].isoformat()


class _Lines:
    """Write rows as lines of one format, always the same for the same rows."""

    def __init__(self, format_name: str, columns: Sequence[str]) -> None:
        self._is_csv = format_name == "csv"
        self._columns = columns

    def head(self) -> bytes:
        """Return what comes before the rows."""
        return _csv_lines([self._columns]) if self._is_csv else b""

    def of(self, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """Return some rows; JSON Lines hold the task's data and result items too."""
        if self._is_csv:
            return _csv_lines([_cell(row[column]) for column in self._columns] for row in rows)
        return "".join([_json_encoder.encode(row) + "\n" for row in rows]).encode()


# Built once: json.dumps makes a new one at each call that asks for more than its defaults.
_json_encoder = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _csv_lines(rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    """Return a cell that a spreadsheet reads as text, never as a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        value = json.dumps(value, sort_keys=True, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
