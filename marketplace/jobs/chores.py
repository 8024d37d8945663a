"""Background work of jobs: imports, leftovers of ended jobs, and gold that ran dry."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from kernel.chores import chore
from kernel.runtime import Runtime
from marketplace.jobs import publishing
from marketplace.jobs.intake import importing

BUSY_SECONDS = 30
LEFTOVERS_SECONDS = 3_600
FROZEN = "A bank took back a payment of your organisation, so its money does not move for now."


@chore("jobs.import_tasks", queue="slow")
def import_tasks(runtime: Runtime, key: str) -> datetime | None:
    """Read one uploaded file into tasks; the key is the import's id."""
    is_done = importing.run(runtime, UUID(key))
    return None if is_done else runtime.clock.now() + timedelta(seconds=BUSY_SECONDS)


@chore("jobs.release_leftovers", queue="money")
def release_leftovers(runtime: Runtime, key: str) -> datetime | None:
    """Return what came free on an ended job, again until nothing of it is reserved."""
    is_held = runtime.database.run(lambda uow: publishing.return_leftovers(uow, UUID(key)))
    return runtime.clock.now() + timedelta(seconds=LEFTOVERS_SECONDS) if is_held else None


@chore("jobs.pause_unchecked", queue="quick")
def pause_unchecked(runtime: Runtime, key: str) -> datetime | None:
    """Pause a job that cannot pay for its check tasks any more."""
    runtime.database.run(lambda uow: publishing.pause_unchecked(uow, UUID(key)))
    return None


@chore("jobs.pause_frozen", queue="quick")
def pause_frozen(runtime: Runtime, key: str) -> datetime | None:
    """Hand out no more tasks of an organisation whose money is frozen; the key is its id."""
    runtime.database.run(lambda uow: publishing.pause_all(uow, UUID(key), FROZEN))
    return None
