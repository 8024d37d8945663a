"""Every invariant is asked of a million postings in a second."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from payouts import invariants
from payouts.books import truths
from tests.service.payouts.stories import Books

APPROVALS = 333_334
SECONDS_MAX = 1.0
TRIES = 3
# Written as the ledger would have written it, by statements that a test can wait for: eight jobs,
# fifty workers, each approval a journal of three postings.
BUILD = (
    "CREATE TEMP TABLE made ON COMMIT DROP AS SELECT n, uuidv7() AS id, n % 8 AS job,"
    f" n % 50 AS worker FROM generate_series(1, {APPROVALS}) AS n",
    "CREATE TEMP TABLE names ON COMMIT DROP AS SELECT n, ('00000000-0000-7000-8000-'"
    " || lpad(n::text, 12, '0'))::uuid AS id FROM generate_series(0, 49) AS n",
    "INSERT INTO journals (id, kind, ref, source, currency, at) SELECT m.id, 'approve',"
    " 'assignment:' || j.id || '/' || m.n, 'assignment:' || j.id || '/' || m.n, 'USD', now()"
    " FROM made m JOIN names j ON j.n = m.job",
    "INSERT INTO journals (id, kind, ref, source, currency, at)"
    " SELECT id, 'gift', n::text, '', 'USD', now() FROM names WHERE n < 8",
    "INSERT INTO accounts (kind, owner, currency, sign, is_bounded)"
    " SELECT kind, 'job:' || id, 'USD', -1, kind = 'job_reserved' FROM names,"
    " unnest(ARRAY['job_reserved', 'platform_fee']) AS kind WHERE n < 8"
    " UNION ALL SELECT 'worker_pending', 'worker:' || id, 'USD', -1, true FROM names"
    " UNION ALL SELECT 'processor_available', 'platform', 'USD', 1, false",
    "INSERT INTO postings (journal_id, place, account_id, currency, micros)"
    " SELECT m.id, leg.place, a.id, 'USD', leg.micros FROM made m"
    " CROSS JOIN (VALUES (0, 'job_reserved', 60000), (1, 'worker_pending', -50000),"
    " (2, 'platform_fee', -10000)) AS leg(place, kind, micros)"
    " JOIN names w ON w.n = CASE leg.kind WHEN 'worker_pending' THEN m.worker ELSE m.job END"
    " JOIN accounts a ON a.kind = leg.kind AND a.owner ="
    " CASE leg.kind WHEN 'worker_pending' THEN 'worker:' ELSE 'job:' END || w.id",
    "INSERT INTO postings (journal_id, place, account_id, currency, micros)"
    " SELECT n.id, leg.place, a.id, 'USD', leg.micros FROM names n"
    " CROSS JOIN (VALUES (0, 'processor_available', 100000000000),"
    " (1, 'job_reserved', -100000000000)) AS leg(place, kind, micros)"
    " JOIN accounts a ON a.kind = leg.kind AND a.owner IN ('platform', 'job:' || n.id)"
    " WHERE n.n < 8",
    "INSERT INTO earnings (source, job, worker, currency, micros, fee_micros, job_micros, at,"
    " available_at) SELECT 'assignment:' || j.id || '/' || m.n, j.id, w.id, 'USD', 50000, 10000,"
    " 60000, now(), now() + interval '1 day' FROM made m JOIN names j ON j.n = m.job"
    " JOIN names w ON w.n = m.worker",
    "INSERT INTO fundings (ref, job, organisation, currency, micros, clears_at, at)"
    " SELECT 'fund:' || n, id, id, 'USD', 100000000000, now(), now() FROM names WHERE n < 8",
    "UPDATE accounts SET balance = sign * total, postings_count = legs FROM"
    " (SELECT account_id, sum(micros) AS total, count(*) AS legs FROM postings GROUP BY 1) AS p"
    " WHERE account_id = id",
)


@pytest.fixture
def large(books: Books) -> Books:
    """Books with a million postings, which autovacuum has seen."""
    with books.database.engine.begin() as line:
        line.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in BUILD:
            line.execute(text(statement))
    with books.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line:
        line.execute(text("VACUUM ANALYZE"))
    return books


@pytest.mark.long
def test_every_invariant_is_asked_of_a_million_postings_in_a_second(
    large: Books, capsys: pytest.CaptureFixture[str], record_property: Any
) -> None:
    assert large.count("postings") >= 1_000_000
    assert large.broken() == []
    spent = {truth.name: min(_ask(large, truth) for _ in range(TRIES)) for truth in truths.ALL}
    with capsys.disabled():
        for name, seconds in sorted(spent.items(), key=lambda pair: -pair[1]):
            sys.stdout.write(f"\n{seconds:6.3f} s  {name}")
            record_property(name, round(seconds, 3))
    late = {name: seconds for name, seconds in spent.items() if seconds > SECONDS_MAX}
    assert not late
    assert set(spent) == set(invariants.names(truths.MONEY))


def _ask(books: Books, truth: truths.Invariant) -> float:
    """Return the seconds the database worked for it, whoever else used the machine meanwhile."""
    with books.database.unit_of_work() as uow:
        uow.session.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
        server = uow.session.scalar(text("SELECT pg_backend_pid()"))
        started = _worked(server)
        assert invariants.ask(uow, truth) == []
        return _worked(server) - started


def _worked(server: int | None) -> float:
    """Read how long a process has had a processor, in seconds."""
    fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
