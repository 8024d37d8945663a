"""End what has run out: sittings whose time is up, grants past their day."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, tuple_, update

from kernel.chores import chore
from kernel.db import UnitOfWork
from kernel.runtime import Runtime
from qualification import events
from qualification.models import Grant, Sitting
from qualification.sittings import GRACE_SECONDS
from qualification.states import SITTING, SittingState

BATCH_MAX = 1_000


@chore("qualification.expire")
def expire(runtime: Runtime, _key: str) -> datetime | None:
    """End sittings and grants that have run out; ask to be called again while many are left."""
    sittings = runtime.database.run(expire_sittings)
    grants = runtime.database.run(expire_grants)
    return runtime.clock.now() if BATCH_MAX in (sittings, grants) else None


def expire_sittings(uow: UnitOfWork) -> int:
    """Expire started sittings whose time is up, as of the moment it was; return how many."""
    over = (
        select(Sitting.id)
        .where(
            Sitting.state.in_(SITTING.leading_to(SittingState.EXPIRED)),
            Sitting.ends_at < uow.now - timedelta(seconds=GRACE_SECONDS),
        )
        .limit(BATCH_MAX)
        .with_for_update(skip_locked=True)
    )
    ended = uow.session.execute(
        update(Sitting)
        .where(Sitting.id.in_(over.scalar_subquery()))
        .values(state=SittingState.EXPIRED, state_at=Sitting.ends_at)
        .returning(Sitting.id)
    )
    return len(ended.all())


def expire_grants(uow: UnitOfWork) -> int:
    """Delete grants past their day and tell their workers; return how many."""
    key = tuple_(Grant.type_id, Grant.worker_id)
    past = (
        select(Grant.type_id, Grant.worker_id)
        .where(Grant.expires_at <= uow.now)
        .limit(BATCH_MAX)
        .with_for_update(skip_locked=True)
    )
    gone = uow.session.execute(
        delete(Grant).where(key.in_(past)).returning(Grant.worker_id, Grant.type_id)
    ).all()
    for worker_id, type_id in gone:
        uow.tell(events.GrantExpired(worker_id, type_id))
    return len(gone)
