"""A worker's year: every line by date, what was earned, and what reached the bank."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from kernel.db import UnitOfWork
from kernel.money import Money
from payouts.statements import thresholds
from payouts.statements.thresholds import Threshold

ROWS_MAX = 50_000
WORKERS_MAX = 500
YEAR_MIN, YEAR_MAX = 2000, 2999
WORDS = {
    "approve": "Answer approved",
    "bonus": "Bonus",
    "take_back": "Payment taken back",
    "payout_paid": "Arrived at the bank",
    "payout_returned": "Sent back by the bank",
}


@dataclass(frozen=True)
class Entry:
    """One line of a year: what a worker earned, or what reached the bank."""

    at: datetime
    kind: str
    source: str
    earned: Money
    paid: Money


@dataclass(frozen=True)
class Year:
    """Add up one worker's year in one currency; `paid` counts by the day the bank had it."""

    worker: UUID
    country: str
    earned: Money
    paid: Money
    payments_count: int
    reached: Sequence[Threshold]


def bounds(year: int) -> tuple[datetime, datetime]:
    """Return the first moment of a year and of the next, in UTC."""
    assert YEAR_MIN <= year <= YEAR_MAX
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)


_ENTRIES = """
SELECT j.at, j.kind, j.source, a.owner, p.currency,
    CASE WHEN a.kind = 'worker_in_transit' THEN 0 ELSE -p.micros END AS earned,
    CASE WHEN a.kind = 'worker_in_transit' THEN p.micros ELSE 0 END AS paid, j.id
FROM accounts a
JOIN postings p ON p.account_id = a.id
JOIN journals j ON j.id = p.journal_id
WHERE (a.kind = 'worker_in_transit' AND j.kind IN ('payout_paid', 'payout_returned')
    OR a.kind IN ('worker_pending', 'worker_available', 'worker_receivable')
    AND j.kind IN ('approve', 'bonus', 'take_back'))
AND j.at >= :since AND j.at < :until
"""


def entries(uow: UnitOfWork, worker: UUID, year: int) -> list[Entry]:
    """List a worker's year, oldest first."""
    since, until = bounds(year)
    rows = uow.session.execute(
        text(_ENTRIES + " AND a.owner = :owner ORDER BY j.at, j.id LIMIT :most"),
        {"owner": f"worker:{worker}", "since": since, "until": until, "most": ROWS_MAX},
    )
    return [
        Entry(at, kind, source, Money(earned, code), Money(paid, code))
        for at, kind, source, _, code, earned, paid, _ in rows
    ]


def years(uow: UnitOfWork, worker: UUID) -> list[int]:
    """List the years in which a worker earned something, the latest first."""
    rows = uow.session.scalars(
        text(
            "SELECT DISTINCT extract(year FROM at AT TIME ZONE 'UTC')::int FROM earnings"
            " WHERE worker = :worker ORDER BY 1 DESC"
        ),
        {"worker": worker},
    )
    return list(rows)


def as_csv(year: Sequence[Entry]) -> str:
    """Write a year as CSV, amounts as plain decimals."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["date", "what", "for", "currency", "earned", "paid_to_bank"])
    for entry in year:
        code = entry.earned.currency
        words = WORDS[entry.kind]
        money = [entry.earned.amount, entry.paid.amount]
        writer.writerow([entry.at.isoformat(), words, entry.source, code, *money])
    return out.getvalue()


def totals(uow: UnitOfWork, year: int) -> list[Year]:
    """Add up every worker's year, the largest payments first, with the thresholds reached."""
    since, until = bounds(year)
    rows = uow.session.execute(
        text(
            "SELECT split_part(owner, ':', 2)::uuid, coalesce(w.country, ''), y.currency,"
            " sum(earned), sum(paid), count(*) FILTER (WHERE kind = 'payout_paid')"
            f" FROM ({_ENTRIES}) AS y"
            " LEFT JOIN workers w ON w.id = split_part(owner, ':', 2)::uuid"
            " GROUP BY 1, 2, 3 ORDER BY 5 DESC, 1 LIMIT :most"
        ),
        {"since": since, "until": until, "most": WORKERS_MAX},
    )
    found = []
    for worker, country, code, earned, paid, count in rows:
        money = Money(int(paid), code)
        due = thresholds.reached(country, year, money, count)
        found.append(Year(worker, country, Money(int(earned), code), money, count, due))
    return found
