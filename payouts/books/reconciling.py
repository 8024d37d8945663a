"""Reconcile: read every line of our balance at the processor and find the journal that books it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from kernel.db import Database, UnitOfWork
from payouts import accounts, ledger
from payouts.books.models import ProcessorLine, Reconciliation
from payouts.events import LinesUnmatched
from payouts.gateway import BalanceLine, Gateway, Held
from payouts.ledger import Draft
from payouts.models import Account

# News of a line may come late; after this one without a journal waits for people.
GRACE_DAYS = 2
OVERLAP_DAYS = 7
FIRST_DAYS = 90
STORED_AT_ONCE = 500
UNMATCHED_MAX = 1_000


def run(database: Database, processor: Gateway) -> Reconciliation:
    """Compare our books with the processor's: store its lines, match them, keep what differs."""
    with database.unit_of_work() as uow:
        since, until = _window(uow)
    held = processor.balance()
    lines = processor.lines(since, until)
    count = 0
    while page := list(islice(lines, STORED_AT_ONCE)):
        count += len(page)
        database.run(lambda uow, page=page: _store(uow, page))  # type: ignore[misc]
    return database.run(lambda uow: _conclude(uow, (since, until), count, held))


def latest(uow: UnitOfWork) -> Reconciliation | None:
    """Return the last comparison."""
    return uow.session.scalar(
        select(Reconciliation).order_by(Reconciliation.position.desc()).limit(1)
    )


def _window(uow: UnitOfWork) -> tuple[datetime, datetime]:
    """Return what to read: from a week before the last time, as lines may come late, to now."""
    before = uow.session.scalar(select(func.max(Reconciliation.until)))
    since = uow.now - timedelta(days=FIRST_DAYS)
    return (before - timedelta(days=OVERLAP_DAYS) if before else since), uow.now


def _store(uow: UnitOfWork, lines: Iterable[BalanceLine]) -> None:
    rows = [
        {
            "ref": line.ref,
            "kind": line.kind,
            "source_ref": line.source_ref,
            "currency": line.amount.currency,
            "micros": line.amount.micros,
            "cost_micros": line.cost.micros,
            "at": line.created_at,
        }
        for line in lines
        if line.amount.micros or line.cost.micros
    ]
    if rows:
        uow.session.execute(insert(ProcessorLine).values(rows).on_conflict_do_nothing())


def _conclude(
    uow: UnitOfWork, window: tuple[datetime, datetime], count: int, held: Sequence[Held]
) -> Reconciliation:
    uow.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('reconciling'))"))
    matched = _match(uow)
    unmatched = _set_aside(uow)
    row = Reconciliation(
        at=uow.now,
        since=window[0],
        until=window[1],
        lines_count=count,
        matched_count=matched,
        unmatched_count=unmatched,
        differences=_differences(uow, held),
    )
    uow.session.add(row)
    if unmatched:
        uow.tell(LinesUnmatched(unmatched))
    return row


# A line is booked by the journals of its thing: what it moved there, less what was kept of it.
_MATCH = text(
    """
WITH open AS (
    SELECT l.*, j.id AS aside FROM processor_lines l
    LEFT JOIN journals j ON j.id = l.journal_id
    WHERE l.journal_id IS NULL OR j.kind = 'unmatched'
), expected AS (
    SELECT o.ref, o.aside, o.currency, o.micros - o.cost_micros AS net, CASE
        WHEN d.id IS NOT NULL AND o.micros > 0
            THEN ARRAY['deposit', 'processing_cost', d.charge_ref]
        WHEN r.id IS NOT NULL AND o.micros < 0 THEN ARRAY['refund_accepted', '', r.id::text]
        WHEN r.id IS NOT NULL THEN ARRAY['refund_returned', '', r.id::text]
        WHEN w.id IS NOT NULL AND o.micros < 0 THEN ARRAY['transfer', '', w.id::text]
        WHEN t.id IS NOT NULL THEN ARRAY['transfer_reversed', '', o.source_ref]
        WHEN o.micros < 0 THEN ARRAY['chargeback', 'dispute_cost', o.ref]
        WHEN o.micros > 0 THEN ARRAY['chargeback_returned', 'dispute_cost', o.ref]
        ELSE ARRAY['dispute_cost', '', o.ref] END AS booked
    FROM open o
    LEFT JOIN deposits d ON d.charge_ref = o.source_ref
    LEFT JOIN refunds r ON r.remote_ref = o.source_ref
    LEFT JOIN withdrawals w ON w.transfer_ref = o.source_ref
    LEFT JOIN journals t ON t.kind = 'transfer_reversed' AND t.ref = o.source_ref
), found AS (
    SELECT e.ref, e.aside,
        (array_agg(j.id) FILTER (WHERE j.kind = e.booked[1]))[1] AS journal_id
    FROM expected e
    JOIN journals j ON j.kind IN (e.booked[1], e.booked[2]) AND j.ref = e.booked[3]
    JOIN postings p ON p.journal_id = j.id
    JOIN accounts a ON a.id = p.account_id AND a.currency = e.currency
        AND a.kind IN ('processor_pending', 'processor_available')
    GROUP BY e.ref, e.aside, e.net HAVING sum(p.micros) = e.net
), once AS (
    SELECT DISTINCT ON (journal_id) * FROM found f WHERE journal_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM processor_lines l WHERE l.journal_id = f.journal_id)
    ORDER BY journal_id, ref
)
UPDATE processor_lines l SET journal_id = once.journal_id
FROM once WHERE l.ref = once.ref RETURNING once.aside
"""
)


def _match(uow: UnitOfWork) -> int:
    """Tie lines to their journals; one that was set aside too early is taken out of there."""
    rows = uow.session.scalars(_MATCH).all()
    for aside in rows:
        if aside is not None:
            ledger.reverse(uow, aside, "reconciliation")
    return len(rows)


def _set_aside(uow: UnitOfWork) -> int:
    """Book what nobody can explain on an account of its own, where two people must look at it."""
    open_lines = uow.session.scalars(
        select(ProcessorLine)
        .where(
            ProcessorLine.journal_id.is_(None),
            ProcessorLine.at < uow.now - timedelta(days=GRACE_DAYS),
            ProcessorLine.micros != ProcessorLine.cost_micros,
        )
        .order_by(ProcessorLine.at)
        .limit(UNMATCHED_MAX)
    ).all()
    posted = ledger.post_many(uow, [_aside(line) for line in open_lines])
    for line, report in zip(open_lines, posted, strict=True):
        uow.session.execute(
            update(ProcessorLine)
            .where(ProcessorLine.ref == line.ref)
            .values(journal_id=report.journal_id)
        )
    return len(open_lines)


def _aside(line: ProcessorLine) -> Draft:
    net = line.micros - line.cost_micros
    legs = [
        (accounts.platform("processor_available", line.currency), net),
        (accounts.platform("processor_unmatched", line.currency), -net),
    ]
    return Draft("unmatched", line.ref, legs, f"line:{line.ref}")


def _differences(uow: UnitOfWork, held: Sequence[Held]) -> dict[str, Any]:
    """Return what the processor holds less what our books and its youngest lines explain."""
    ours = select(Account.currency, func.sum(Account.balance)).where(
        Account.kind.in_(("processor_pending", "processor_available"))
    )
    young = select(
        ProcessorLine.currency, func.sum(ProcessorLine.micros - ProcessorLine.cost_micros)
    ).where(ProcessorLine.journal_id.is_(None))
    explained: dict[str, int] = {}
    for query, column in ((ours, Account.currency), (young, ProcessorLine.currency)):
        for currency, micros in uow.session.execute(query.group_by(column)):
            explained[currency] = explained.get(currency, 0) + int(micros)
    there = {one.available.currency: (one.available + one.pending).micros for one in held}
    return {
        currency: difference
        for currency in sorted(there.keys() | explained.keys())
        if (difference := there.get(currency, 0) - explained.get(currency, 0))
    }
