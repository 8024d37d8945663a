"""A worker's earnings one by one: what each is for, its state, and when it becomes available."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, select

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.money import Money
from kernel.web.paging import Page
from payouts.models import Account, Earning, Journal, Posting


class EarnedState(StrEnum):
    """Where an earning stands; taken back: it was paid by mistake, and corrected."""

    PENDING = "pending"
    AVAILABLE = "available"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True)
class Earned:
    """Show one earning; `available_at` is when it can or could be withdrawn."""

    source: str
    what: str
    state: EarnedState
    amount: Money
    earned_at: datetime
    available_at: datetime


OF_STATE: dict[EarnedState, ColumnElement[bool]] = {
    EarnedState.PENDING: Earning.matured_at.is_(None) & Earning.taken_back_at.is_(None),
    EarnedState.AVAILABLE: Earning.matured_at.is_not(None) & Earning.taken_back_at.is_(None),
    EarnedState.TAKEN_BACK: Earning.taken_back_at.is_not(None),
}


def page(
    uow: UnitOfWork, worker: UUID, state: EarnedState | None, cursor: str | None, limit: int
) -> Page[Earned]:
    """Return a page of a worker's earnings, newest first, of one state if named.

    They are walked along the postings of the worker's own account, however many others earn.
    """
    query = (
        select(Posting.journal_id, Journal.kind, Earning)
        .join(Account, Account.id == Posting.account_id)
        .join(Journal, Journal.id == Posting.journal_id)
        .join(Earning, Earning.source == Journal.ref)
        .where(
            Account.kind == "worker_pending",
            Account.owner == f"worker:{worker}",
            Journal.kind.in_(("approve", "bonus")),
        )
        .order_by(Posting.journal_id.desc())
        .limit(limit + 1)
    )
    if state is not None:
        query = query.where(OF_STATE[state])
    if cursor:
        query = query.where(Posting.journal_id < _after(cursor))
    rows = uow.session.execute(query).all()
    more = len(rows) > limit
    return Page(
        [_shown(kind, earning) for _, kind, earning in rows[:limit]],
        str(rows[limit - 1][0]) if more else None,
    )


def _shown(kind: str, earning: Earning) -> Earned:
    state = EarnedState.PENDING if earning.matured_at is None else EarnedState.AVAILABLE
    return Earned(
        source=earning.source,
        what="bonus" if kind == "bonus" else "answer",
        state=EarnedState.TAKEN_BACK if earning.taken_back_at else state,
        amount=Money(earning.micros, earning.currency),
        earned_at=earning.at,
        available_at=earning.available_at,
    )


def _after(cursor: str) -> UUID:
    try:
        return UUID(cursor)
    except ValueError:
        raise Refused("cursor_invalid", "This cursor is not one we gave out.") from None
