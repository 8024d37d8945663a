"""What jobs tell: their changes of state, money and tasks."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.events import News


@dataclass(frozen=True)
class JobPublished(News):
    """A job can be worked on."""

    job_id: UUID


@dataclass(frozen=True)
class JobPaused(News):
    """A job hands out no tasks for now."""

    job_id: UUID


@dataclass(frozen=True)
class JobClosed(News):
    """A job was closed or cancelled: no new claims, ever."""

    job_id: UUID


@dataclass(frozen=True)
class JobFunded(News):
    """Money came into a job's budget."""

    job_id: UUID


@dataclass(frozen=True)
class TasksImported(News):
    """An import put tasks into a job."""

    job_id: UUID
    import_id: UUID


@dataclass(frozen=True)
class GuidelinesChanged(News):
    """A published job has new guidelines, which its workers must read."""

    job_id: UUID


@dataclass(frozen=True)
class JobStopped(News):
    """An admin stopped a job, or lifted the stop again."""

    job_id: UUID
