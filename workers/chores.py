"""Background work of workers: a pause of an account ends by itself."""

from __future__ import annotations

from datetime import datetime

from kernel.chores import chore
from kernel.runtime import Runtime
from workers import service


@chore("workers.end_pauses", queue="quick")
def end_pauses(runtime: Runtime, _key: str) -> datetime | None:
    """Let those work again whose days are over."""
    ended = runtime.database.run(service.end_pauses)
    return runtime.clock.now() if ended == service.PAUSES_MAX else None
