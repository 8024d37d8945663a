"""What must always be true of the books: named questions whose right answer is no rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text, update

from kernel.db import UnitOfWork
from kernel.types import new_id
from payouts import queries
from payouts.models import Halt

ROWS_MAX = 20


@dataclass(frozen=True)
class Invariant:
    """Hold one truth, the query for what breaks it, and whether breaking it stops payouts."""

    name: str
    sentence: str
    sql: str
    halts: bool


@dataclass(frozen=True)
class Broken:
    """Report an invariant that does not hold, with the first rows that break it."""

    name: str
    sentence: str
    rows: Sequence[tuple[Any, ...]]
    halts: bool


REGISTRY: dict[str, Invariant] = {}


def register(name: str, sql: str, sentence: str = "", *, halts: bool = False) -> None:
    """Add an invariant; `sql` selects the rows that break it."""
    assert name not in REGISTRY, name
    REGISTRY[name] = Invariant(name, sentence or f"{name.replace('_', ' ')}.", sql, halts)


def check(uow: UnitOfWork) -> list[Broken]:
    """Ask every invariant and return the broken ones."""
    broken = []
    for invariant in REGISTRY.values():
        rows = uow.session.execute(text(invariant.sql)).fetchmany(ROWS_MAX)
        if rows:
            found = [tuple(row) for row in rows]
            broken.append(Broken(invariant.name, invariant.sentence, found, invariant.halts))
    return broken


def halt(uow: UnitOfWork, reason: str) -> None:
    """Let no money leave until a person lifts it; once is enough."""
    if not queries.is_halted(uow):
        uow.session.add(Halt(id=new_id(), at=uow.now, reason=reason))
        uow.session.flush()
        uow.audit("halt_payouts", "books", None, reason)


def lift(uow: UnitOfWork) -> None:
    """Let money leave again and wake what waits for it; a person's decision."""
    uow.session.execute(
        update(Halt)
        .where(Halt.lifted_at.is_(None))
        .values(lifted_at=uow.now, lifted_by=uow.identity.actor)
    )
    uow.audit("lift_halt", "books")
    uow.later("payouts.disburse", "")


def names() -> list[str]:
    """List every invariant."""
    return list(REGISTRY)


register(
    "journals_balance",
    "SELECT id FROM journals LEFT JOIN postings ON journal_id = id"
    " GROUP BY id HAVING count(journal_id) < 2 OR sum(micros) <> 0",
    "Every journal has at least two postings that sum to zero.",
    halts=True,
)
register(
    "currencies_balance",
    "SELECT currency, sum(micros) FROM postings GROUP BY currency HAVING sum(micros) <> 0",
    "All postings of a currency sum to zero.",
    halts=True,
)
register(
    "balances_match_postings",
    "SELECT id, balance, sign * coalesce(total, 0) FROM accounts LEFT JOIN"
    " (SELECT account_id, sum(micros) AS total, count(*) AS legs FROM postings"
    " GROUP BY account_id) AS p ON account_id = id"
    " WHERE balance <> sign * coalesce(total, 0) OR postings_count <> coalesce(legs, 0)",
    "Every cached balance is the sum of its account's postings.",
    halts=True,
)
register(
    "nobody_is_overdrawn",
    "SELECT id, kind, owner, balance FROM accounts WHERE is_bounded AND balance < 0",
    "No bounded account is below zero.",
    halts=True,
)
register(
    "job_money_adds_up",
    "SELECT owner, currency, sum(micros) FROM ("
    " SELECT 'job:' || job AS owner, currency, micros FROM fundings"
    " UNION ALL SELECT 'job:' || job, currency, -job_micros FROM earnings"
    " UNION ALL SELECT owner, currency, -balance FROM accounts"
    " WHERE kind IN ('job_budget', 'job_reserved')) AS money"
    " GROUP BY owner, currency HAVING sum(micros) <> 0",
    "What a job was funded with is in its budget, reserved, paid, or returned.",
)
register(
    "assignments_paid_once",
    "SELECT source FROM (SELECT source, 1 AS paid, 0 AS kept FROM journals j"
    " WHERE kind IN ('approve', 'bonus')"
    " AND NOT EXISTS (SELECT FROM journals r WHERE r.reverses = j.id)"
    " UNION ALL SELECT source, 0, 1 FROM earnings) AS facts"
    " GROUP BY source HAVING sum(paid) <> 1 OR sum(kept) <> 1",
    "Every earning has exactly one payment that stands, and every payment one earning.",
    halts=True,
)
register(
    "reversals_mirror",
    "SELECT r.id FROM journals r JOIN journals o ON o.id = r.reverses"
    " JOIN postings p ON p.journal_id IN (r.id, o.id)"
    " GROUP BY r.id, p.account_id HAVING sum(p.micros) <> 0",
    "A reversal takes back exactly what its journal did.",
    halts=True,
)
register(
    "worker_money_adds_up",
    "SELECT owner, currency, sum(micros) FROM ("
    " SELECT 'worker:' || worker AS owner, currency, micros FROM earnings"
    " UNION ALL SELECT owner, currency, -balance FROM accounts"
    " WHERE kind IN ('worker_pending', 'worker_available', 'worker_in_transit')"
    " UNION ALL SELECT 'worker:' || worker, currency, -micros FROM withdrawals"
    " WHERE state = 'paid') AS money GROUP BY owner, currency HAVING sum(micros) <> 0",
    "What a worker earned is pending, available, on its way, or at the bank.",
    halts=True,
)
register(
    "withdrawals_sent_once",
    "SELECT w.id FROM withdrawals w"
    " LEFT JOIN journals j ON j.source = 'withdrawal:' || w.id"
    " LEFT JOIN postings p ON p.journal_id = j.id AND p.micros > 0"
    " GROUP BY w.id HAVING count(*) FILTER (WHERE j.kind = 'transfer') > 1"
    " OR count(*) FILTER (WHERE j.kind = 'payout_paid')"
    " - count(*) FILTER (WHERE j.kind = 'payout_returned') <> (w.state = 'paid')::int"
    " OR bool_or(p.micros <> w.micros)"
    " UNION ALL SELECT thing_id FROM remote_calls WHERE purpose = 'transfer' AND state = 'done'"
    " GROUP BY thing_id HAVING count(*) > 1",
    "A withdrawal is transferred at most once, paid at most once, and always in full.",
    halts=True,
)
register(
    "refunds_within_charges",
    "SELECT d.id, d.micros, d.refunded_micros FROM deposits d"
    " LEFT JOIN refunds r ON r.deposit_id = d.id AND r.state IN ('requested', 'accepted')"
    " GROUP BY d.id HAVING coalesce(sum(r.micros), 0) <> d.refunded_micros"
    " OR d.refunded_micros > d.micros",
    "No charge gives back more than it brought.",
)
register(
    "fees_add_up",
    "SELECT owner, currency, sum(micros) FROM ("
    " SELECT 'job:' || job AS owner, currency, fee_micros AS micros FROM earnings"
    " UNION ALL SELECT owner, currency, -balance FROM accounts"
    " WHERE kind = 'platform_fee' AND owner LIKE 'job:%') AS money"
    " GROUP BY owner, currency HAVING sum(micros) <> 0",
    "A job's fees are the sum of the fees frozen with its assignments.",
)
register(
    "available_is_cleared",
    "SELECT currency, sum(CASE kind WHEN 'worker_available' THEN balance ELSE -balance END)"
    " FROM accounts WHERE kind IN ('worker_available', 'processor_available')"
    " GROUP BY currency"
    " HAVING sum(CASE kind WHEN 'worker_available' THEN balance ELSE -balance END) > 0",
    "What workers may withdraw is with the processor and cleared.",
)
