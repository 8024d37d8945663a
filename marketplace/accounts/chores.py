"""Forget sessions, links and marks whose time has passed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import InstrumentedAttribute

from kernel.chores import chore
from kernel.db import UnitOfWork
from kernel.runtime import Runtime
from marketplace.accounts import marks
from marketplace.accounts.models import OneTimeToken, SignInMark, WebSession

FORGOTTEN_MAX = 10_000


@chore("accounts.forget")
def forget(runtime: Runtime, _key: str) -> datetime | None:
    """Forget a bounded number of rows of each kind; ask to run again while there are more."""
    with runtime.database.unit_of_work() as uow:
        marks_before = uow.now - timedelta(days=marks.KEPT_DAYS)
        counts = [
            _forget(uow, WebSession.token_digest, WebSession.expires_at <= uow.now),
            _forget(uow, OneTimeToken.token_digest, OneTimeToken.expires_at <= uow.now),
            _forget(uow, SignInMark.id, SignInMark.at < marks_before),
        ]
        return uow.now if max(counts) == FORGOTTEN_MAX else None


def _forget(uow: UnitOfWork, key: InstrumentedAttribute[Any], is_past: ColumnElement[bool]) -> int:
    past = select(key).where(is_past).limit(FORGOTTEN_MAX)
    gone = delete(key.class_).where(key.in_(past.scalar_subquery())).returning(key)
    return len(uow.session.execute(gone).all())
