"""Approvals paid through the ledger: one, many at once, and by eight senders, against floors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID

from bench import measuring, stage
from bench.measuring import Row, Work
from bench.parts import crowd
from kernel.clock import Clock
from kernel.db import Database
from kernel.money import Money
from kernel.runtime import Runtime
from kernel.types import new_id
from payouts import accounts, earnings, funding, ledger
from payouts.earnings import Approval
from payouts.ledger import Draft

ABOUT = (
    "Approved answers paid through the ledger on one connection. Each approval is a balanced "
    "journal of three postings, the balances of its accounts and an earning; 50 workers of one "
    "job. The floor is a durable insert of one row by the driver alone on the same connection; "
    "500 approvals at once are one transaction and count as 500. Eight senders are processes with "
    "a connection each that write one journal a transaction by ledger.post, each for a job of its "
    "own or all for one; pgbench sends the same statements on eight connections."
)
SECONDS = 3.0
WORKERS = 50
BATCH = 500
REWARD_MICROS, FEE_MICROS = 50_000, 10_000
# Ids that end in two digits, so that a script can name the same accounts.
FIRST = 10
LARGE, SMALL = Money.parse("10000", "USD"), Money.parse("1200", "USD")
SCRIPT = Path(__file__).with_suffix(".sql")


@dataclass
class _Desk:
    """Where approvals are drawn up, not timed, and then paid."""

    database: Database
    job_id: UUID
    workers: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(WORKERS)])
    drawn_up: list[Approval] = field(default_factory=list)

    def draw_up(self, count: int) -> Callable[[], None]:
        """Return what draws up approvals for the workers in turn."""

        def fill() -> None:
            self.drawn_up = [self._approval(number) for number in range(count)]

        return fill

    def pay(self) -> int:
        """Pay what was drawn up, in one transaction."""
        paid = self.database.run(lambda uow: earnings.approve_many(uow, self.drawn_up))
        assert paid == len(self.drawn_up), "each of them is new"
        return paid

    def approvals(self, name: str, count: int) -> Work:
        """Measure approvals, so many in each transaction."""
        return Work(name, "approvals", measuring.stepped(self.pay, self.draw_up(count)))

    def _approval(self, number: int) -> Approval:
        return Approval(
            job=self.job_id,
            currency="USD",
            assignment_ref=f"assignment:{self.job_id}/{new_id()}",
            worker=self.workers[number % WORKERS],
            reward_micros=REWARD_MICROS,
            fee_micros=FEE_MICROS,
            available_at=self.database.clock.now(),
        )


@dataclass
class _Sender:
    """One process with a connection of its own, writing journals for one job."""

    database: Database
    job_id: UUID
    chance: Random = field(default_factory=lambda: Random(1))

    def draft(self, number: int | None = None) -> Draft:
        """Draw up an approval of three lines, as `earnings` does, for any worker or a named one."""
        chosen = self.chance.randrange(WORKERS) if number is None else number
        worker = _worker(FIRST + chosen)
        legs = [
            (accounts.job("job_reserved", self.job_id, "USD"), REWARD_MICROS + FEE_MICROS),
            (accounts.worker("worker_pending", worker, "USD"), -REWARD_MICROS),
            (accounts.job("platform_fee", self.job_id, "USD"), -FEE_MICROS),
        ]
        return Draft("approve", f"bench:{new_id()}", legs, "bench")


def measure() -> list[Row]:
    """Measure approvals paid one at a time, many at once, and by many at once."""
    with stage.opened() as runtime:
        organisation = stage.a_buyer(runtime).organisation_id
        desk = _Desk(runtime.database, _a_reserve(runtime, organisation, new_id(), LARGE))
        works = [
            Work("bare durable insert", "rows", stage.bare_insert(runtime.database)),
            desk.approvals("approve one", 1),
            desk.approvals(f"approve {BATCH} at once", BATCH),
            *_by_eight(runtime, organisation),
        ]
        return measuring.in_turns(works, SECONDS)


def _a_reserve(runtime: Runtime, organisation: UUID, job_id: UUID, amount: Money) -> UUID:
    """Put money into a job and promise it to slots; return the job's id."""
    with runtime.database.unit_of_work() as uow:
        funding.fund(uow, job_id, organisation, amount, f"fund {job_id}")
        funding.reserve(uow, job_id, amount, f"reserve {job_id}")
    return job_id


def _by_eight(runtime: Runtime, organisation: UUID) -> list[Work]:
    """Measure eight senders: over eight jobs, over one, and pgbench with the same statements."""
    url = runtime.settings.database_url
    jobs = [_job(FIRST + number) for number in range(crowd.SENDERS)]
    for job_id in jobs:
        _a_reserve(runtime, organisation, job_id, SMALL)
        _opened(runtime.database, job_id)

    def over_eight(number: int) -> _Sender:
        return _Sender(_alone(url), jobs[number], Random(number))

    def over_one(number: int) -> _Sender:
        return _Sender(_alone(url), jobs[0], Random(number))

    return [
        Work("eight senders, eight jobs", "journals", crowd.of_processes(over_eight, _post)),
        Work("eight senders, one job", "journals", crowd.of_processes(over_one, _post)),
        Work("pgbench, eight jobs", "journals", crowd.of_pgbench(_for_programs(url), SCRIPT)),
    ]


def _post(sender: _Sender) -> int:
    with sender.database.unit_of_work() as uow:
        ledger.post(uow, sender.draft())
    return 1


def _alone(url: str) -> Database:
    return Database(url, Clock(None))


def _for_programs(url: str) -> str:
    """Write an address as PostgreSQL's own programs read it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def _opened(database: Database, job_id: UUID) -> None:
    """Write one journal for every worker, so that all accounts are there before the clock runs."""
    sender = _Sender(database, job_id)
    with database.unit_of_work() as uow:
        ledger.post_many(uow, [sender.draft(number) for number in range(WORKERS)])


def _job(number: int) -> UUID:
    return UUID(f"00000000-0000-7000-8000-0000000000{number}")


def _worker(number: int) -> UUID:
    return UUID(f"00000000-0000-7000-9000-0000000000{number}")
