"""Named reads of workers."""

from __future__ import annotations

from uuid import UUID

from kernel.db import UnitOfWork
from workers.models import Worker

MISSING = "There is no worker with this id."


def worker(uow: UnitOfWork, worker_id: UUID, lock: bool = False) -> Worker:
    """Return a worker, locked if asked; raise Missing where there is none."""
    return uow.get(Worker, worker_id, MISSING, lock=lock)


def locked(uow: UnitOfWork, worker_id: UUID) -> Worker:
    """Return a worker, locked for a change of standing."""
    return worker(uow, worker_id, lock=True)
