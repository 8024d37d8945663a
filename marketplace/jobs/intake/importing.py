"""Import tasks from an uploaded file: all of its rows, or its good rows if asked, or nothing."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import text, update

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Refused
from kernel.runtime import Runtime
from kernel.storage import FolderStorage
from kernel.types import new_id
from marketplace.jobs import events, interface, publishing, queries, reading, slots
from marketplace.jobs.intake import checking, reports, staging
from marketplace.jobs.intake.checking import TaskDraft
from marketplace.jobs.intake.reports import Report
from marketplace.jobs.interface import parts
from marketplace.jobs.models import Import, Job
from marketplace.jobs.states import IMPORT, LIVE, ImportState, JobState

ROWS_MAX = 1_000_000
SNIFFED_BYTES = 64 * 1024
FILENAME_CHARACTERS_MAX = 200
BATCH = 5_000


@dataclass(frozen=True)
class Upload:
    """A file on its way in: its bytes, name and most bytes, and whether its gold is random."""

    stream: BinaryIO
    filename: str
    size_bytes_max: int
    gold_is_random: bool = False


def begin(
    uow: UnitOfWork, job: Job, storage: FolderStorage, upload: Upload, keep_good_rows: bool
) -> Import:
    """Keep an uploaded file and ask for its import; refuse what is no file of tasks at all."""
    if job.state not in LIVE:
        raise Conflict(f"job_{job.state}", f"This job is {job.state}, so it takes no tasks.")
    assert uow.identity.user_id is not None, "imports are begun by people"
    stored = storage.put(upload.stream, upload.size_bytes_max)
    with storage.open(stored.digest) as stream:
        file_format = reading.sniff(upload.filename, stream.read(SNIFFED_BYTES))
    asked = Import(
        id=new_id(),
        job_id=job.id,
        filename=upload.filename[-FILENAME_CHARACTERS_MAX:].replace("\0", ""),
        format=file_format,
        digest=stored.digest,
        keep_good_rows=keep_good_rows,
        gold_is_random=upload.gold_is_random,
        state=IMPORT.start,
        state_at=uow.now,
        rows_read=0,
        rows_added=0,
        report={},
        created_at=uow.now,
        created_by=uow.identity.user_id,
    )
    uow.session.add(asked)
    uow.session.flush()
    uow.audit("import.begun", f"import:{asked.id}", after={"job": str(job.id)})
    uow.later("jobs.import_tasks", asked.id)
    return asked


def run(runtime: Runtime, import_id: UUID) -> bool:
    """Do an import in one transaction; return False while another runner is at it.

    Killed halfway it leaves nothing behind and starts anew; done twice it is done once.
    """
    with runtime.database.unit_of_work() as uow:
        if not _take(uow, import_id):
            return False
        asked = queries.import_of(uow, import_id)
        if asked.state != ImportState.WAITING:
            return True
        staging.begin(uow)
        report = Report()
        try:
            for batch in _batches(uow, runtime.storage, asked, report):
                staging.add(uow, batch)
                _show_progress(runtime, import_id, report.rows_read)
        except Refused as refusal:
            _fail(uow, import_id, report, refusal)
            return True
        _finish(uow, runtime.storage, import_id, report)
    return True


def _take(uow: UnitOfWork, import_id: UUID) -> bool:
    """Hold an import against other runners until this transaction ends."""
    digest = hashlib.sha256(f"import:{import_id}".encode()).digest()
    key = int.from_bytes(digest[:8], "big", signed=True)
    taken: bool = uow.session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": key})
    return taken


def _batches(
    uow: UnitOfWork, storage: FolderStorage, asked: Import, report: Report
) -> Iterator[list[TaskDraft]]:
    """Yield the good rows of a file in batches; the report learns about every row."""
    job = queries.job(uow, asked.job_id)
    shape = queries.interface_of(uow, job.id, job.interface_version)
    fields = interface.fields(shape)
    has_files = parts.MEDIA_KINDS & set(fields.values())
    media = queries.media_names(uow, job.id) if has_files else frozenset()
    check = checking.checker(checking.Form(fields, interface.questions(shape), media))
    with storage.open(asked.digest) as stream:
        rows = reading.rows(stream, reading.Format(asked.format))
        while some := list(itertools.islice(rows, BATCH)):
            drafts = [report.take(row, check(row)) for row in some]
            if report.rows_read > ROWS_MAX:
                sentence = f"One file holds at most {ROWS_MAX:,} tasks. Please split it."
                raise Refused("import_too_many_rows", sentence)
            yield [draft for draft in drafts if draft is not None]


def _show_progress(runtime: Runtime, import_id: UUID, rows_read: int) -> None:
    with runtime.database.unit_of_work() as uow:
        waiting = (Import.id == import_id, Import.state == ImportState.WAITING)
        uow.session.execute(update(Import).where(*waiting).values(rows_read=rows_read))


def _finish(uow: UnitOfWork, storage: FolderStorage, import_id: UUID, report: Report) -> None:
    """Add the rows to the job if they may be added, and write down how it went."""
    asked = uow.get(Import, import_id, "There is no such import.")
    job = queries.job(uow, asked.job_id, lock=True)
    asked = uow.get(Import, import_id, "There is no such import.", lock=True)
    if job.state not in LIVE:
        refusal = Refused("job_ended", f"The job is {job.state}, so it takes no more tasks.")
        _fail(uow, import_id, report, refusal)
        return
    staging.leave_out_repeats(uow, report)
    staging.leave_out_known(uow, job, report)
    asked.rows_read = report.rows_read
    asked.report = _plain(storage, report)
    if report.problems_count and not asked.keep_good_rows:
        IMPORT.move(asked, ImportState.FAILED, uow.now)
        uow.audit("import.failed", f"import:{import_id}", after={"rows_added": 0})
        return
    asked.rows_added = staging.insert(uow, job, asked.gold_is_random)
    IMPORT.move(asked, ImportState.DONE, uow.now)
    if job.state != JobState.DRAFT and asked.rows_added:
        slots.lock_waiting(uow, job)
        publishing.open_slots(uow, job)
    uow.audit("import.done", f"import:{import_id}", after={"rows_added": asked.rows_added})
    uow.tell(events.TasksImported(job.id, import_id))


def _fail(uow: UnitOfWork, import_id: UUID, report: Report, refusal: Refused) -> None:
    """Write down why a file could not be imported at all."""
    asked = uow.get(Import, import_id, "There is no such import.", lock=True)
    IMPORT.move(asked, ImportState.FAILED, uow.now)
    asked.rows_read = report.rows_read
    asked.report = report.as_dict() | {
        "refusal": {"code": refusal.code, "sentence": refusal.sentence}
    }
    uow.audit("import.failed", f"import:{import_id}", after={"code": refusal.code})


def _plain(storage: FolderStorage, report: Report) -> dict[str, Any]:
    """Return the report as kept: rows to be corrected go to a file of their own."""
    plain = report.as_dict()
    if report.problems:
        rows = reports.problem_rows_csv(report).encode()
        plain["problem_rows"] = storage.put(io.BytesIO(rows), len(rows)).digest
    return plain
