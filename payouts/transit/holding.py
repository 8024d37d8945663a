"""Holding limits: money may wait in a worker's connected account only so long, by country."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from kernel.db import UnitOfWork
from payouts.models import Withdrawal
from payouts.transit import reversals, withdrawals

# How long the processor lets money wait with manual payouts, from its own terms.
DAYS_MAX = {"US": 730, "TH": 10}
DAYS_MAX_ELSEWHERE = 90
# What is left of that when the bank is tried once more, and when the money is called back.
RETRY_SHARE, RECALL_SHARE = 4, 10
BATCH = 200


@dataclass(frozen=True)
class Held:
    """Say of one stuck withdrawal since when its money waits at the processor, and where."""

    withdrawal_id: UUID
    country: str
    since: datetime
    state_at: datetime
    is_coming_back: bool


def days_max(country: str) -> int:
    """Return how many days money may wait in a connected account of a country."""
    return DAYS_MAX.get(country, DAYS_MAX_ELSEWHERE)


def enforce(uow: UnitOfWork) -> tuple[int, int]:
    """Try banks again, or call money back, before its limit; return how many of each."""
    tried = recalled = 0
    for held in _stuck(uow):
        days = days_max(held.country)
        ends_at = held.since + timedelta(days=days)
        is_late = uow.now >= ends_at - timedelta(days=days) / RECALL_SHARE
        if is_late or (held.is_coming_back and _was_left_alone(uow.now, held)):
            reversals.recall(uow, held.withdrawal_id)
            recalled += 1
        elif (
            _was_left_alone(uow.now, held)
            and uow.now >= ends_at - timedelta(days=days) / RETRY_SHARE
        ):
            stuck = uow.get(Withdrawal, held.withdrawal_id, withdrawals.GONE)
            withdrawals.send_again(uow, stuck.worker, stuck.id)
            tried += 1
    return tried, recalled


def _was_left_alone(now: datetime, held: Held) -> bool:
    """Tell whether a day has passed since the last try: one a day is enough."""
    return now - held.state_at >= timedelta(days=1)


def _stuck(uow: UnitOfWork) -> list[Held]:
    rows = uow.session.execute(
        text(
            "SELECT w.id, coalesce(p.country, ''), j.at, w.state_at, w.reversed_micros > 0"
            " FROM withdrawals w"
            " JOIN journals j ON j.kind = 'transfer' AND j.ref = w.id::text"
            " LEFT JOIN workers p ON p.id = w.worker"
            " WHERE w.state = 'stuck' ORDER BY j.at LIMIT :most FOR NO KEY UPDATE OF w SKIP LOCKED"
        ),
        {"most": BATCH},
    )
    return [Held(*row) for row in rows]
