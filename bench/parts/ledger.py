"""Approvals paid from a job's reserve, one and many at once, against a bare durable insert."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from bench import measuring, stage
from bench.measuring import Row, Work
from kernel.db import Database
from kernel.runtime import Runtime
from kernel.types import new_id
from payouts import earnings, funding
from payouts.earnings import Approval

ABOUT = (
    "Approved answers paid through the ledger on one connection. Each approval is a balanced "
    "journal of three postings, the balances of its accounts and an earning; 50 workers of one "
    "job. The floor is a durable insert of one row by the driver alone on the same connection; "
    "500 approvals at once are one transaction and count as 500."
)
SECONDS = 3.0
WORKERS = 50
BATCH = 500
REWARD_MICROS, FEE_MICROS = 50_000, 10_000


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


def measure() -> list[Row]:
    """Measure approvals paid one at a time and many at once."""
    with stage.opened() as runtime:
        desk = _Desk(runtime.database, _a_reserve(runtime))
        works = [
            Work("bare durable insert", "rows", stage.bare_insert(runtime.database)),
            desk.approvals("approve one", 1),
            desk.approvals(f"approve {BATCH} at once", BATCH),
        ]
        return measuring.in_turns(works, SECONDS)


def _a_reserve(runtime: Runtime) -> UUID:
    """Put money into a job and promise it to slots; return the job's id."""
    organisation, job_id = stage.a_buyer(runtime).organisation_id, new_id()
    with runtime.database.unit_of_work() as uow:
        funding.fund(uow, job_id, organisation, stage.BUDGET, f"fund {job_id}")
        funding.reserve(uow, job_id, stage.BUDGET, f"reserve {job_id}")
    return job_id
