"""The lives of a job and of an import."""

from __future__ import annotations

from enum import StrEnum

from kernel.states import Machine


class JobState(StrEnum):
    """List the states of a job."""

    DRAFT = "draft"
    PILOT = "pilot"
    OPEN = "open"
    PAUSED = "paused"
    COMPLETED = "completed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


JOB = Machine(
    "job",
    JobState.DRAFT,
    {
        JobState.DRAFT: {JobState.PILOT, JobState.OPEN, JobState.CANCELLED},
        JobState.PILOT: {JobState.OPEN, JobState.PAUSED, JobState.CANCELLED},
        JobState.OPEN: {
            JobState.PAUSED,
            JobState.COMPLETED,
            JobState.CLOSED,
            JobState.CANCELLED,
        },
        JobState.PAUSED: {JobState.OPEN, JobState.CLOSED, JobState.CANCELLED},
        JobState.COMPLETED: {JobState.OPEN, JobState.CLOSED},
        JobState.CLOSED: (),
        JobState.CANCELLED: (),
    },
)
CLAIMABLE = (JobState.PILOT, JobState.OPEN)
LIVE = (JobState.DRAFT, JobState.PILOT, JobState.OPEN, JobState.PAUSED)


class ImportState(StrEnum):
    """List the states of an import: checked in the background, then all in or nothing."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


IMPORT = Machine(
    "import",
    ImportState.WAITING,
    {
        ImportState.WAITING: {ImportState.DONE, ImportState.FAILED},
        ImportState.DONE: (),
        ImportState.FAILED: (),
    },
)
