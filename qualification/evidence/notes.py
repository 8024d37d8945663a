"""Trust notes: observations about workers, written once and never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from kernel.db import UnitOfWork
from kernel.types import new_id
from qualification.evidence import bulk
from qualification.models import TrustNote

GOLD = "gold"
WITHDRAWN = "withdrawn"
REVIEW = "review"
BATCH_MAX = 2_000


@dataclass(frozen=True)
class Note:
    """One observation: of whom, on what, by which version, how it came out (0 to 1), and when.

    A later version of the same source replaces an earlier one; one of kind WITHDRAWN says that
    the gold counts for nobody.
    """

    worker_id: UUID
    source: str
    kind: str
    version: int
    outcome: float
    at: datetime

    @property
    def key(self) -> tuple[str, str, int]:
        """Return what is written only once."""
        return self.source, self.kind, self.version


@dataclass(frozen=True)
class ReviewCounts:
    """How many of a worker's answers people accepted, out of how many they looked at."""

    accepted: int
    reviewed: int


def append(uow: UnitOfWork, job: UUID, notes: Iterable[Note]) -> list[Note]:
    """Write the notes that are not there yet and return them, in the given order."""
    keyed = {note.key: note for note in notes}
    new: set[tuple[str, str, int]] = set()
    for batch in _batches(list(keyed.values())):
        rows = bulk.table(TrustNote, [{"id": new_id(), "job": job, **vars(note)} for note in batch])
        written = uow.session.execute(
            insert(TrustNote)
            .from_select(list(rows.c.keys()), select(rows))
            .on_conflict_do_nothing()
            .returning(TrustNote.source, TrustNote.kind, TrustNote.version)
        )
        new.update((source, kind, version) for source, kind, version in written)
    return [note for key, note in keyed.items() if key in new]


def judged_again(uow: UnitOfWork, sources: Collection[str]) -> frozenset[str]:
    """Return the sources whose gold was judged by more than one version."""
    query = select(TrustNote.source).where(TrustNote.source.in_(sources), _is_gold())
    return frozenset(uow.session.scalars(query.group_by(TrustNote.source).having(func.count() > 1)))


def last_judged(uow: UnitOfWork, job: UUID, worker_ids: Collection[UUID]) -> list[Note]:
    """Return the gold notes that count for these workers: the last version of each source."""
    if not worker_ids:
        return []
    rows = uow.session.execute(
        select(
            TrustNote.worker_id,
            TrustNote.source,
            TrustNote.kind,
            TrustNote.version,
            TrustNote.outcome,
            TrustNote.at,
        )
        .where(TrustNote.job == job, TrustNote.worker_id.in_(worker_ids), _is_gold())
        .order_by(TrustNote.version, TrustNote.kind)
    )
    last = {note.source: note for note in (Note(*row) for row in rows)}
    return list(last.values())


def first_judged(
    uow: UnitOfWork, job: UUID, sources: Collection[str]
) -> Iterator[tuple[str, UUID, datetime]]:
    """Yield source, worker and moment of the answers that were judged on gold before."""
    for batch in _batches(sorted(sources)):
        rows = uow.session.execute(
            select(TrustNote.source, TrustNote.worker_id, func.min(TrustNote.at))
            .where(TrustNote.source.in_(batch), TrustNote.job == job, _is_gold())
            .group_by(TrustNote.source, TrustNote.worker_id)
        )
        yield from rows


def review_counts(uow: UnitOfWork, job: UUID) -> dict[UUID, ReviewCounts]:
    """Return how the answers of every reviewed worker of a job fared, by their last review."""
    last = (
        select(TrustNote.worker_id, TrustNote.outcome)
        .where(TrustNote.job == job, TrustNote.kind == REVIEW)
        .ext(distinct_on(TrustNote.source))
        .order_by(TrustNote.source, TrustNote.version.desc())
        .subquery()
    )
    accepted = func.count().filter(last.c.outcome > 0)
    rows = uow.session.execute(
        select(last.c.worker_id, accepted, func.count()).group_by(last.c.worker_id)
    )
    return {worker_id: ReviewCounts(*counts) for worker_id, *counts in rows}


def _is_gold() -> Any:
    return TrustNote.kind.in_((GOLD, WITHDRAWN))


def _batches(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), BATCH_MAX):
        yield things[start : start + BATCH_MAX]
