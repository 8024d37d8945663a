"""What happens to workers that others may care about."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.events import News


@dataclass(frozen=True)
class WorkerSuspended(News):
    """A person decided that this worker may not work for now."""

    worker_id: UUID


@dataclass(frozen=True)
class WorkerWarned(News):
    """A person warned this worker, in words they read."""

    worker_id: UUID
    sentence: str


@dataclass(frozen=True)
class WorkerReinstated(News):
    """A person decided that this worker may work again."""

    worker_id: UUID


@dataclass(frozen=True)
class WorkerClosed(News):
    """This worker left for good."""

    worker_id: UUID
