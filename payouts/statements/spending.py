"""What an organisation spent: job by job, for a month or for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from kernel.db import UnitOfWork
from kernel.money import Money

JOBS_MAX = 500
EVER = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Spent:
    """Add up what one job cost in one currency: rewards and bonuses paid, and our fees."""

    job: UUID
    answers_count: int
    bonuses_count: int
    rewards: Money
    fees: Money

    @property
    def total(self) -> Money:
        """Return rewards and fees together."""
        return self.rewards + self.fees


def month(year: int, number: int) -> tuple[datetime, datetime]:
    """Return the first moment of a month and of the next, in UTC."""
    after = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=UTC), datetime(*after, 1, tzinfo=UTC)


def by_job(
    uow: UnitOfWork, organisation: UUID, span: tuple[datetime, datetime] = EVER
) -> Sequence[Spent]:
    """Add up what each job of an organisation cost in a span of time, the dearest first."""
    rows = uow.session.execute(
        text(
            "SELECT e.job, e.currency, count(*) FILTER (WHERE e.source NOT LIKE 'bonus:%'),"
            " count(*) FILTER (WHERE e.source LIKE 'bonus:%'), sum(e.micros), sum(e.fee_micros)"
            " FROM earnings e WHERE e.taken_back_at IS NULL AND e.at >= :since AND e.at < :until"
            " AND e.job IN (SELECT job FROM fundings WHERE organisation = :organisation"
            " UNION SELECT job FROM bonuses WHERE organisation = :organisation)"
            " GROUP BY e.job, e.currency ORDER BY 5 DESC, 1 LIMIT :most"
        ),
        {"organisation": organisation, "since": span[0], "until": span[1], "most": JOBS_MAX},
    )
    return [
        Spent(job, answers, gifts, Money(int(paid), code), Money(int(fees), code))
        for job, code, answers, gifts, paid, fees in rows
    ]


def months(uow: UnitOfWork, organisation: UUID) -> list[tuple[int, int]]:
    """List the months in which an organisation's jobs cost something, the latest first."""
    rows = uow.session.execute(
        text(
            "SELECT DISTINCT extract(year FROM e.at AT TIME ZONE 'UTC')::int,"
            " extract(month FROM e.at AT TIME ZONE 'UTC')::int FROM earnings e"
            " WHERE e.job IN (SELECT job FROM fundings WHERE organisation = :organisation)"
            " ORDER BY 1 DESC, 2 DESC"
        ),
        {"organisation": organisation},
    )
    return [(year, number) for year, number in rows]
