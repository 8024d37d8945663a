"""Telling that answers came in: once a second and job is enough to have them all settled."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from kernel.db import UnitOfWork
from marketplace.assignments.events import AnswersSubmitted

# An answer must be kept before the settling that was asked for on behalf of another one begins.
AHEAD_SECONDS_MIN = 5
TOLD_MAX = 10_000

_told: OrderedDict[UUID, datetime] = OrderedDict()
_lock = Lock()


def tell(uow: UnitOfWork, job_id: UUID, final_at: datetime) -> None:
    """Ask for the settling of answers that are final at a moment, unless this process just has.

    The moment is put off to the next full second, so that all answers of one second share one
    settling. What another process has asked for, or a failed transaction, is not counted on.
    """
    if final_at < uow.now + timedelta(seconds=AHEAD_SECONDS_MIN):
        uow.tell(AnswersSubmitted(job_id), at=final_at)
        return
    due_at = final_at.replace(microsecond=0) + timedelta(seconds=1)
    if _told.get(job_id) == due_at:
        return
    uow.tell(AnswersSubmitted(job_id), at=due_at)
    uow.after_commit.append(lambda: _remember(job_id, due_at))


def _remember(job_id: UUID, due_at: datetime) -> None:
    with _lock:
        _told[job_id] = due_at
        while len(_told) > TOLD_MAX:
            _told.popitem(last=False)
