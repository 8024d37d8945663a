"""What happens to what workers have shown they can do."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.events import News


@dataclass(frozen=True)
class WorkerFellShort(News):
    """The test on gold fired: this worker is surely below the job's minimum."""

    job: UUID
    worker_id: UUID
    right: int
    wrong: int


@dataclass(frozen=True)
class WorkerRecovered(News):
    """Corrected gold takes back what the test said of this worker."""

    job: UUID
    worker_id: UUID


@dataclass(frozen=True)
class ExamPassed(News):
    """A worker passed an exam and holds its qualification now."""

    worker_id: UUID
    exam_id: UUID


@dataclass(frozen=True)
class GrantExpired(News):
    """A worker's qualification has run out."""

    worker_id: UUID
    type_id: UUID
