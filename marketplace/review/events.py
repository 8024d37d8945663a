"""What review tells: of labels, rejections, removals and disputes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.events import News


@dataclass(frozen=True)
class LabelsChanged(News):
    """Labels of a job are new or have changed."""

    job_id: UUID


@dataclass(frozen=True)
class AnswersRejected(News):
    """Answers of one worker were rejected in one decision."""

    job_id: UUID
    decision_id: UUID
    worker_id: UUID


@dataclass(frozen=True)
class RejectingStopped(News):
    """An organisation's rejected share passed the limit: it may not reject until an admin looks."""

    organisation_id: UUID


@dataclass(frozen=True)
class WorkerRemoved(News):
    """A worker was removed from a job by a person."""

    job_id: UUID
    worker_id: UUID


@dataclass(frozen=True)
class AppealOpened(News):
    """A worker appealed."""

    dispute_id: UUID


@dataclass(frozen=True)
class DisputeDecided(News):
    """A dispute was won or lost; what follows from it is done by its chore."""

    dispute_id: UUID


@dataclass(frozen=True)
class GoldRepaired(News):
    """A gold was corrected, withdrawn or used again: what rested on it was scored again."""

    job_id: UUID
