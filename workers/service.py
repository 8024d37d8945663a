"""What can be done with a worker: register, suspend, reinstate, close."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.errors import Denied
from kernel.types import new_id
from workers import events, queries
from workers.models import Worker
from workers.states import STANDING, Standing

HANDLE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
HANDLE_CHARACTERS = 10
PAUSES_MAX = 200
PAUSE_OVER = "The days of the pause are over."


def register(
    uow: UnitOfWork, country: str, languages: Iterable[str], adult_consent: bool
) -> Worker:
    """Add a worker in good standing, under a pseudonym drawn by chance."""
    worker = Worker(
        id=new_id(),
        handle=_draw_handle(),
        country=country.upper(),
        languages=sorted({language.lower() for language in languages}),
        adult_consent=adult_consent,
        state=STANDING.start,
        state_at=uow.now,
        state_reason="",
        created_at=uow.now,
    )
    uow.session.add(worker)
    uow.session.flush()
    return worker


def warn(uow: UnitOfWork, worker: Worker, sentence: str) -> Worker:
    """Tell a worker in writing what must change; nothing else follows from it."""
    uow.audit("worker.warned", f"worker:{worker.id}")
    uow.tell(events.WorkerWarned(worker.id, sentence))
    return worker


def suspend(uow: UnitOfWork, worker: Worker, sentence: str, days: int | None = None) -> Worker:
    """Stop a worker from taking work, for some days or until a person decides.

    What they have earned stays theirs.
    """
    changed = _change(uow, worker, Standing.SUSPENDED, sentence)
    changed.suspended_until = uow.now + timedelta(days=days) if days else None
    uow.tell(events.WorkerSuspended(changed.id))
    return changed


def reinstate(uow: UnitOfWork, worker: Worker, sentence: str) -> Worker:
    """Let a suspended worker take work again."""
    changed = _change(uow, worker, Standing.GOOD, sentence)
    changed.suspended_until = None
    uow.tell(events.WorkerReinstated(changed.id))
    return changed


def end_pauses(uow: UnitOfWork) -> int:
    """Let those work again whose days are over; return how many."""
    over = (Worker.state == Standing.SUSPENDED, Worker.suspended_until <= uow.now)
    waiting = select(Worker).where(*over).order_by(Worker.id).limit(PAUSES_MAX)
    ended = uow.session.scalars(waiting.with_for_update(key_share=True, skip_locked=True)).all()
    for worker in ended:
        reinstate(uow, worker, PAUSE_OVER)
    return len(ended)


def close(uow: UnitOfWork, worker: Worker, sentence: str) -> Worker:
    """End a worker's standing for good, as when they leave."""
    changed = _change(uow, worker, Standing.CLOSED, sentence)
    uow.tell(events.WorkerClosed(changed.id))
    return changed


def require_good(worker: Worker) -> None:
    """Pass workers in good standing; raise Denied with what the others can do."""
    if worker.state == Standing.SUSPENDED:
        raise Denied(
            "worker_suspended",
            f"Your account is suspended: {worker.state_reason} You can appeal, and you can"
            " withdraw what you have earned.",
        )
    if worker.state == Standing.CLOSED:
        raise Denied("worker_closed", "This account is closed and takes no work any more.")


def _change(uow: UnitOfWork, worker: Worker, after: Standing, sentence: str) -> Worker:
    locked = queries.locked(uow, worker.id)
    before = locked.state
    STANDING.move(locked, after, at=uow.now)
    locked.state_reason = sentence
    uow.audit(f"worker.{after}", f"worker:{locked.id}", str(before), str(after))
    return locked


def _draw_handle() -> str:
    return "".join(secrets.choice(HANDLE_ALPHABET) for _ in range(HANDLE_CHARACTERS))
