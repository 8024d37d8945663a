"""Keep each worker's record on a job: gold judged, answers reviewed, and when gold falls short.

A gold record is a function of a job's notes and rule alone: the outcomes of the last versions, in
the order of their answers. New outcomes at the end are folded in; whatever comes out of order,
replaces an earlier note or meets a changed rule has its worker's notes read again from the start.
So repeats, other runners and corrections all lead to the same record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from kernel.db import UnitOfWork
from qualification import events
from qualification.evidence import bulk, notes, records
from qualification.models import GoldRecord


@dataclass(frozen=True)
class GoldOutcome:
    """One gold answer judged by one version of its gold.

    `at` is the moment of the answer, the same for every version; a `similarity` (0 to 1) of None
    says that the gold was withdrawn and counts for nobody.
    """

    worker_id: UUID
    source: str
    version: int
    similarity: float | None
    at: datetime

    @property
    def note(self) -> notes.Note:
        """Return the note to write down."""
        kind = notes.GOLD if self.similarity is not None else notes.WITHDRAWN
        outcome = self.similarity or 0.0
        return notes.Note(self.worker_id, self.source, kind, self.version, outcome, self.at)


@dataclass(frozen=True)
class ReviewOutcome:
    """One answer accepted or not by a person; a later version replaces an earlier one."""

    worker_id: UUID
    source: str
    version: int
    is_accepted: bool
    at: datetime

    @property
    def note(self) -> notes.Note:
        """Return the note to write down."""
        outcome = float(self.is_accepted)
        return notes.Note(self.worker_id, self.source, notes.REVIEW, self.version, outcome, self.at)


@dataclass(frozen=True)
class Correction:
    """A new version of a gold: how alike each answer (by source) is now; None if withdrawn."""

    version: int
    similarities: Mapping[str, float | None]


@dataclass(frozen=True)
class GoldCounts:
    """How many golds of a job a worker got right and wrong."""

    right: int
    wrong: int


def record_gold(
    uow: UnitOfWork,
    job: UUID,
    outcomes: Sequence[GoldOutcome],
    minimum: float,
    error_rate: float,
) -> None:
    """Take gold outcomes into the records of their workers, each exactly once, in bulk.

    `minimum` is the accuracy the job asks for, 0 to 1; `error_rate` the chance that a worker who
    has it is ever said to fall short. Tells WorkerFellShort when the test fires and WorkerRecovered
    when a correction takes that back. Six statements for notes.BATCH_MAX outcomes or fewer; the
    records stay locked, in order of worker, until the transaction ends.
    """
    rule = records.Rule.of(minimum, error_rate)
    ordered = sorted(outcomes, key=lambda outcome: (outcome.worker_id, outcome.at, outcome.source))
    for start in range(0, len(ordered), notes.BATCH_MAX):
        batch = ordered[start : start + notes.BATCH_MAX]
        _record(uow, job, [outcome.note for outcome in batch], rule)


def rescore_gold(
    uow: UnitOfWork, job: UUID, correction: Correction, minimum: float, error_rate: float
) -> None:
    """Judge answers anew after their gold was corrected or withdrawn.

    The records come out as if the new outcomes had been given from the start. Answers that were
    never scored are left alone: they will be judged by the new version when their turn comes.
    """
    alike = correction.similarities
    outcomes = [
        GoldOutcome(worker_id, source, correction.version, alike[source], at)
        for source, worker_id, at in notes.first_judged(uow, job, alike)
    ]
    record_gold(uow, job, outcomes, minimum, error_rate)


def skills(uow: UnitOfWork, job: UUID) -> dict[UUID, GoldCounts]:
    """Return the gold counts of every worker of a job who was ever judged."""
    rows = uow.session.execute(
        select(GoldRecord.worker_id, GoldRecord.right, GoldRecord.wrong).where(
            GoldRecord.job == job
        )
    )
    return {worker_id: GoldCounts(right, wrong) for worker_id, right, wrong in rows}


def record_review(uow: UnitOfWork, job: UUID, outcomes: Sequence[ReviewOutcome]) -> None:
    """Keep what people decided about answers, each exactly once."""
    ordered = sorted(outcomes, key=lambda outcome: (outcome.source, outcome.version))
    notes.append(uow, job, [outcome.note for outcome in ordered])


def reviews(uow: UnitOfWork, job: UUID) -> dict[UUID, notes.ReviewCounts]:
    """Return how many answers of each reviewed worker of a job were accepted."""
    return notes.review_counts(uow, job)


def _record(uow: UnitOfWork, job: UUID, judged: Sequence[notes.Note], rule: records.Rule) -> None:
    held = _locked_records(uow, job, sorted({note.worker_id for note in judged}))
    fresh = notes.append(uow, job, judged)
    if not fresh:
        return
    again = _to_read_again(uow, held, fresh, rule)
    counted = [note for note in fresh if note.worker_id not in again]
    marks = _by_worker([*counted, *notes.last_judged(uow, job, again)])
    changed = {
        note.worker_id: records.Record(note.worker_id)
        if note.worker_id in again
        else replace(held[note.worker_id])
        for note in fresh
    }
    records.fold([(record, marks.get(id, ())) for id, record in changed.items()], rule)
    _write(uow, job, list(changed.values()))
    for worker_id, record in changed.items():
        _tell(uow, job, held[worker_id], record)


def _locked_records(
    uow: UnitOfWork, job: UUID, worker_ids: Sequence[UUID]
) -> dict[UUID, records.Record]:
    empty = {"job": job, "right": 0, "wrong": 0, "log_evidence": 0.0, "evidence": {}}
    rows = bulk.table(GoldRecord, [{"worker_id": id, **empty} for id in worker_ids])
    uow.session.execute(
        insert(GoldRecord)
        .from_select(list(rows.c.keys()), select(rows).order_by(rows.c.worker_id))
        .on_conflict_do_nothing()
    )
    found = uow.session.execute(
        select(
            GoldRecord.worker_id,
            GoldRecord.right,
            GoldRecord.wrong,
            GoldRecord.log_evidence,
            GoldRecord.evidence,
            GoldRecord.fell_short_at,
        )
        .where(GoldRecord.job == job, GoldRecord.worker_id.in_(worker_ids))
        .order_by(GoldRecord.worker_id)
        .with_for_update(key_share=True)
    )
    return {row.worker_id: records.Record(*row) for row in found}


def _write(uow: UnitOfWork, job: UUID, changed: Sequence[records.Record]) -> None:
    rows = bulk.table(GoldRecord, [vars(record) for record in changed])
    values = {name: part for name, part in rows.c.items() if name != "worker_id"}
    uow.session.execute(
        update(GoldRecord)
        .where(GoldRecord.job == job, GoldRecord.worker_id == rows.c.worker_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )


def _to_read_again(
    uow: UnitOfWork,
    held: Mapping[UUID, records.Record],
    fresh: Sequence[notes.Note],
    rule: records.Rule,
) -> set[UUID]:
    replaced = notes.judged_again(uow, [note.source for note in fresh])
    return {
        note.worker_id
        for note in fresh
        if note.source in replaced
        or not records.goes_on(held[note.worker_id], rule, note.at, note.source)
    }


def _by_worker(judged: Sequence[notes.Note]) -> dict[UUID, list[records.Mark]]:
    marks: dict[UUID, list[records.Mark]] = {}
    for note in judged:
        if note.kind == notes.GOLD:
            mark = records.Mark(note.at, note.source, note.outcome)
            marks.setdefault(note.worker_id, []).append(mark)
    return marks


def _tell(uow: UnitOfWork, job: UUID, before: records.Record, after: records.Record) -> None:
    if before.fell_short_at is None and after.fell_short_at is not None:
        uow.tell(events.WorkerFellShort(job, after.worker_id, after.right, after.wrong))
    if before.fell_short_at is not None and after.fell_short_at is None:
        uow.tell(events.WorkerRecovered(job, after.worker_id))
