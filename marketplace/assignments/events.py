"""What assignments tell: answers came in, claims ended, a task was reported broken."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.events import News


@dataclass(frozen=True)
class AnswersSubmitted(News):
    """Answers of a job came in; what follows waits until they are final."""

    job_id: UUID


@dataclass(frozen=True)
class ClaimsEnded(News):
    """Claims of a job lapsed, or were returned or skipped."""

    job_id: UUID


@dataclass(frozen=True)
class TaskReported(News):
    """A worker says that a task of this job is broken."""

    job_id: UUID
