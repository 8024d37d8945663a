"""What must always be true of money: named questions whose right answer is no rows.

Each reads every row once and joins on what is indexed or hashed, so that a million postings take
about a second; `:now` is the moment of the question.
"""

from __future__ import annotations

from dataclasses import dataclass

MONEY = "money"


@dataclass(frozen=True)
class Invariant:
    """Hold one truth, the query for what breaks it, and whether breaking it stops payouts.

    `about` says whose rows it asks for: money alone, or what ties it to the work above.
    """

    name: str
    sentence: str
    sql: str
    halts: bool
    about: str = MONEY


OF_LEDGER = (
    Invariant(
        "journals_balance",
        "Every journal has at least two postings that sum to zero.",
        "SELECT journal_id FROM postings GROUP BY journal_id"
        " HAVING count(*) < 2 OR sum(micros) <> 0"
        " UNION ALL SELECT id FROM journals j WHERE NOT EXISTS"
        " (SELECT FROM postings p WHERE p.journal_id = j.id AND p.place = 0)",
        halts=True,
    ),
    Invariant(
        "currencies_balance",
        "All postings of a currency sum to zero.",
        "SELECT currency, sum(micros) FROM postings GROUP BY currency HAVING sum(micros) <> 0",
        halts=True,
    ),
    Invariant(
        "balances_match_postings",
        "Every cached balance is the sum of its account's postings.",
        "SELECT id, balance, sign * coalesce(total, 0) FROM accounts LEFT JOIN"
        " (SELECT account_id, sum(micros) AS total, count(*) AS legs FROM postings"
        " GROUP BY account_id) AS p ON account_id = id"
        " WHERE balance <> sign * coalesce(total, 0) OR postings_count <> coalesce(legs, 0)",
        halts=True,
    ),
    Invariant(
        "nobody_is_overdrawn",
        "No bounded account is below zero.",
        "SELECT id, kind, owner, balance FROM accounts WHERE is_bounded AND balance < 0",
        halts=True,
    ),
    Invariant(
        "reversals_mirror",
        "A reversal takes back exactly what its journal did.",
        "SELECT r.id FROM journals r JOIN journals o ON o.id = r.reverses"
        " JOIN postings p ON p.journal_id IN (r.id, o.id) WHERE r.reverses IS NOT NULL"
        " GROUP BY r.id, p.account_id HAVING sum(p.micros) <> 0",
        halts=True,
    ),
)
OF_PEOPLE = (
    Invariant(
        "job_money_adds_up",
        "What a job was funded with is in its budget, reserved, paid, or returned.",
        "SELECT owner, currency, sum(micros) FROM ("
        " SELECT 'job:' || job AS owner, currency, sum(micros) AS micros FROM fundings"
        " GROUP BY job, currency"
        " UNION ALL SELECT 'job:' || job, currency, -sum(job_micros) FROM earnings"
        " WHERE taken_back_at IS NULL GROUP BY job, currency"
        " UNION ALL SELECT owner, currency, -balance FROM accounts"
        " WHERE kind IN ('job_budget', 'job_reserved')) AS money"
        " GROUP BY owner, currency HAVING sum(micros) <> 0",
        halts=False,
    ),
    Invariant(
        "assignments_paid_once",
        "Every earning has exactly one payment that stands, and every payment one earning.",
        # Hashes of 64 bits are compared, half the work of comparing names; broken ones are named.
        "SELECT coalesce((SELECT ref FROM journals WHERE hashtextextended(ref, 0) = j.h LIMIT 1),"
        " (SELECT source FROM earnings WHERE hashtextextended(source, 0) = e.h LIMIT 1)) FROM"
        " (SELECT hashtextextended(ref, 0) AS h FROM journals WHERE kind IN ('approve', 'bonus'))"
        " AS j FULL JOIN (SELECT hashtextextended(source, 0) AS h FROM earnings) AS e ON e.h = j.h"
        " WHERE j.h IS NULL OR e.h IS NULL"
        " UNION ALL SELECT ref FROM journals WHERE kind IN ('approve', 'bonus') AND ref <> source"
        " UNION ALL SELECT j.ref FROM journals r JOIN journals j ON j.id = r.reverses"
        " WHERE j.kind IN ('approve', 'bonus')"
        " UNION ALL SELECT a.ref FROM journals b JOIN journals a ON a.ref = b.ref"
        " AND a.kind = 'approve' WHERE b.kind = 'bonus'",
        halts=True,
    ),
    Invariant(
        "worker_money_adds_up",
        "What a worker earned is pending, available, on its way, at the bank, or was taken back.",
        "SELECT owner, currency, sum(micros) FROM ("
        " SELECT 'worker:' || worker AS owner, currency, sum(micros) AS micros FROM earnings"
        " WHERE taken_back_at IS NULL GROUP BY worker, currency"
        " UNION ALL SELECT owner, currency,"
        " CASE kind WHEN 'worker_receivable' THEN balance ELSE -balance END FROM accounts WHERE"
        " kind IN ('worker_pending', 'worker_available', 'worker_in_transit', 'worker_receivable')"
        " UNION ALL SELECT 'worker:' || worker, currency, -sum(micros) FROM withdrawals"
        " WHERE state = 'paid' GROUP BY worker, currency"
        " UNION ALL SELECT j.source, p.currency, p.micros FROM journals j"
        " JOIN postings p ON p.journal_id = j.id AND p.micros > 0 WHERE j.kind = 'forgive'"
        ") AS money GROUP BY owner, currency HAVING sum(micros) <> 0",
        halts=True,
    ),
    Invariant(
        "fees_add_up",
        "A job's fees are the sum of the fees frozen with its assignments.",
        "SELECT owner, currency, sum(micros) FROM ("
        " SELECT 'job:' || job AS owner, currency, sum(fee_micros) AS micros FROM earnings"
        " WHERE taken_back_at IS NULL GROUP BY job, currency"
        " UNION ALL SELECT owner, currency, -balance FROM accounts"
        " WHERE kind = 'platform_fee' AND owner LIKE 'job:%'"
        " UNION ALL SELECT j.source, p.currency, p.micros FROM journals j"
        " JOIN postings p ON p.journal_id = j.id AND p.place = 1 WHERE j.kind = 'sweep'"
        ") AS money GROUP BY owner, currency HAVING sum(micros) <> 0",
        halts=False,
    ),
    Invariant(
        "chargebacks_add_up",
        "What banks took back was returned, borne, or is still owed by the organisation.",
        "SELECT owner, currency, sum(micros) FROM ("
        " SELECT 'organisation:' || organisation AS owner, currency, taken_micros"
        " - returned_micros - borne_micros - reserve_micros - debt_micros AS micros"
        " FROM chargebacks UNION ALL SELECT owner, currency, -balance FROM accounts"
        " WHERE kind = 'chargeback_receivable') AS money"
        " GROUP BY owner, currency HAVING sum(micros) <> 0",
        halts=False,
    ),
)
OF_PROCESSOR = (
    Invariant(
        "withdrawals_sent_once",
        "A withdrawal is transferred at most once, paid at most once, and always in full.",
        "SELECT w.id FROM withdrawals w"
        " LEFT JOIN journals j ON j.source = 'withdrawal:' || w.id"
        " LEFT JOIN postings p ON p.journal_id = j.id AND p.micros > 0"
        " GROUP BY w.id HAVING count(*) FILTER (WHERE j.kind = 'transfer') > 1"
        " OR count(*) FILTER (WHERE j.kind = 'payout_paid')"
        " - count(*) FILTER (WHERE j.kind = 'payout_returned') <> (w.state = 'paid')::int"
        " OR bool_or(p.micros <> w.micros AND j.kind <> 'transfer_reversed')"
        " OR coalesce(sum(p.micros) FILTER (WHERE j.kind = 'transfer_reversed'), 0)"
        " <> w.reversed_micros"
        " UNION ALL SELECT thing_id FROM remote_calls WHERE purpose = 'transfer' AND state = 'done'"
        " GROUP BY thing_id HAVING count(*) > 1",
        halts=True,
    ),
    Invariant(
        "large_withdrawals_released",
        "No large withdrawal leaves before two admins have released it.",
        "SELECT w.id FROM withdrawals w JOIN remote_calls c ON c.thing_id = w.id"
        " AND c.purpose = 'transfer' WHERE w.eyes_wanted > (SELECT count(*)"
        " FROM withdrawal_releases r WHERE r.withdrawal_id = w.id)",
        halts=True,
    ),
    Invariant(
        "gates_were_open",
        "No transfer goes to a worker whose account was not ready when it was sent.",
        "SELECT w.id FROM withdrawals w JOIN journals j ON j.kind = 'transfer'"
        " AND j.ref = w.id::text WHERE w.gate_at_send IS DISTINCT FROM 'ready'",
        halts=True,
    ),
    Invariant(
        "connected_accounts_are_covered",
        "No worker's account at the processor is below zero.",
        "SELECT owner, currency, balance FROM accounts"
        " WHERE kind = 'processor_connected' AND balance < 0",
        halts=False,
    ),
    Invariant(
        "refunds_within_charges",
        "No charge gives back more than it brought.",
        "SELECT d.id, d.micros, d.refunded_micros FROM deposits d"
        " LEFT JOIN refunds r ON r.deposit_id = d.id AND r.state IN ('requested', 'accepted')"
        " GROUP BY d.id HAVING coalesce(sum(r.micros), 0) <> d.refunded_micros"
        " OR d.refunded_micros > d.micros",
        halts=False,
    ),
    Invariant(
        "calls_are_attended",
        "No call to the processor is in doubt for an hour or waits unsent for ten minutes.",
        "SELECT id, purpose, state FROM remote_calls"
        " WHERE state = 'in_doubt' AND first_sent_at < :now - interval '1 hour'"
        " OR state = 'ready' AND try_at < :now - interval '10 minutes'"
        " AND NOT EXISTS (SELECT FROM payout_halts WHERE lifted_at IS NULL)",
        halts=False,
    ),
    Invariant(
        "events_are_handled",
        "No event of the processor waits for ten minutes.",
        "SELECT event_id, kind FROM processor_events"
        " WHERE handled_at IS NULL AND received_at < :now - interval '10 minutes'",
        halts=False,
    ),
    Invariant(
        "processor_lines_are_booked",
        "Every line of the processor has a journal, and every journal that moved money there a"
        " line.",
        "SELECT ref, kind FROM processor_lines"
        " WHERE journal_id IS NULL AND at < :now - interval '3 days' AND micros <> cost_micros"
        " UNION ALL SELECT j.ref, j.kind FROM journals j, (SELECT min(since) AS since,"
        " max(until) - interval '2 days' AS until FROM reconciliations) AS seen"
        " WHERE j.kind IN ('deposit', 'refund_accepted', 'refund_returned', 'transfer',"
        " 'transfer_reversed', 'chargeback', 'chargeback_returned')"
        " AND j.at >= seen.since AND j.at < seen.until"
        " AND NOT EXISTS (SELECT FROM processor_lines l WHERE l.journal_id = j.id)",
        halts=False,
    ),
    Invariant(
        "processor_agrees",
        "Our balance at the processor is what our books say, and nothing there is unexplained.",
        "SELECT 'difference', differences::text FROM reconciliations"
        " WHERE position = (SELECT max(position) FROM reconciliations) AND differences <> '{}'"
        " UNION ALL SELECT 'unexplained', balance::text FROM accounts"
        " WHERE kind = 'processor_unmatched' AND balance <> 0",
        halts=False,
    ),
    Invariant(
        "available_is_cleared",
        "What workers may withdraw is with the processor and cleared.",
        "SELECT currency, sum(CASE kind WHEN 'worker_available' THEN balance ELSE -balance END)"
        " FROM accounts WHERE kind IN ('worker_available', 'processor_available')"
        " GROUP BY currency"
        " HAVING sum(CASE kind WHEN 'worker_available' THEN balance ELSE -balance END) > 0",
        halts=False,
    ),
)
ALL = (*OF_LEDGER, *OF_PEOPLE, *OF_PROCESSOR)
