"""What money stories are told with: books, a processor, and verbs that read as sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import text

from kernel.clock import Clock
from kernel.db import Base, Database, UnitOfWork
from kernel.money import Money
from kernel.types import new_id
from payouts import accounts, chores, earnings, funding, invariants, ledger, onboarding
from payouts.accounts import AccountKey
from payouts.earnings import Approval
from payouts.ledger import Draft
from payouts.models import Deposit, Withdrawal
from payouts.pretend import processor
from payouts.transit import deposits, withdrawals
from payouts.webhooks import hearing
from workers.models import Worker
from workers.states import Standing

Result = TypeVar("Result")


def usd(amount: str) -> Money:
    """Read dollars."""
    return Money.parse(amount, "USD")


def a_worker(uow: UnitOfWork, worker: UUID, country: str = "US") -> None:
    """Let a worker exist whom only an id was made for."""
    if uow.session.get(Worker, worker) is None:
        uow.session.add(
            Worker(
                id=worker,
                handle=worker.hex,
                country=country,
                languages=["en"],
                adult_consent=False,
                state=Standing.GOOD,
                state_at=uow.now,
                state_reason="",
                created_at=uow.now,
            )
        )


@dataclass
class Books:
    """One marketplace's books with a pretend processor and a clock that moves."""

    database: Database
    clock: Clock
    processor: processor.Pretend

    def run(self, work: Callable[[UnitOfWork], Result]) -> Result:
        return self.database.run(work)

    def empty(self) -> None:
        """Begin anew with empty books at the present day."""
        names = ", ".join(f'"{table}"' for table in Base.metadata.tables)
        with self.database.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))

    def pass_days(self, days: float) -> None:
        """Let time pass and everything happen that waits for it."""
        self.clock.advance(timedelta(days=days))
        self.settle()

    def settle(self) -> None:
        """Send what is due, hear the processor, mature what is due."""
        chores.send_due(self.database, self.processor)
        hearing.hear(self.database, self.processor)
        self.run(earnings.mature)

    def open_deposit(self, organisation: UUID, amount: str) -> Deposit:
        started = self.run(
            lambda uow: deposits.start(uow, organisation, usd(amount), "https://here.test/back")
        )
        chores.send_due(self.database, self.processor)
        opened = self.run(lambda uow: uow.get(Deposit, started.id, "gone"))
        assert opened.checkout_ref is not None, "the call is in doubt: there is no page yet"
        return opened

    def pay_in(self, organisation: UUID, amount: str) -> Deposit:
        opened = self.open_deposit(organisation, amount)
        self.processor.pay(str(opened.checkout_ref))
        hearing.hear(self.database, self.processor)
        return self.run(lambda uow: uow.get(Deposit, opened.id, "gone"))

    def give(self, organisation: UUID, amount: str) -> None:
        """Put money on an organisation's account without a processor."""
        legs = [
            (accounts.platform("processor_available", "USD"), usd(amount).micros),
            (
                accounts.organisation("organisation_available", organisation, "USD"),
                -usd(amount).micros,
            ),
        ]
        self.run(lambda uow: ledger.post(uow, Draft("gift", str(new_id()), legs)))

    def a_funded_job(self, amount: str = "100.00", reserved: str = "") -> tuple[UUID, UUID]:
        """Return a job with money in its budget, part of it reserved, and its organisation."""
        job, organisation = new_id(), new_id()
        self.give(organisation, amount)
        self.run(lambda uow: funding.fund(uow, job, organisation, usd(amount), f"fund {job}"))
        if reserved:
            self.run(lambda uow: funding.reserve(uow, job, usd(reserved), f"reserve {job}"))
        return job, organisation

    def earn(self, worker: UUID, amount: str) -> None:
        """Let a worker earn an amount that has matured."""
        job, _ = self.a_funded_job(amount, reserved=amount)
        approval = self.an_approval(job, worker, amount, "0")
        self.run(lambda uow: earnings.approve_many(uow, [approval]))
        assert self.run(earnings.mature) == 1

    def earn_from(self, job: UUID, worker: UUID, amount: str) -> None:
        """Let a worker earn an amount from a job's reserve, available when its money is."""
        approval = self.an_approval(job, worker, amount, "0")
        self.run(lambda uow: earnings.approve_many(uow, [approval]))
        self.run(earnings.mature)

    def an_approval(
        self, job: UUID, worker: UUID, reward: str, fee: str = "0.2", at: datetime | None = None
    ) -> Approval:
        return Approval(
            job=job,
            currency="USD",
            assignment_ref=f"assignment:{job}/{new_id()}",
            worker=worker,
            reward_micros=usd(reward).micros,
            fee_micros=usd(fee).micros,
            available_at=at or self.clock.now(),
        )

    def set_up_payouts(self, worker: UUID) -> None:
        """Let a worker have an account at the processor that money can go to."""
        self.run(lambda uow: a_worker(uow, worker))
        self.run(lambda uow: onboarding.begin(uow, worker, "https://here.test"))
        self.settle()

    def withdraw(self, worker: UUID, amount: str) -> Withdrawal:
        if self.run(lambda uow: onboarding.find(uow, worker)) is None:
            self.set_up_payouts(worker)
        return self.run(lambda uow: withdrawals.request(uow, worker, usd(amount)))

    def withdrawal(self, withdrawal_id: UUID) -> Withdrawal:
        return self.run(lambda uow: uow.get(Withdrawal, withdrawal_id, "gone"))

    def balance(self, key: AccountKey) -> str:
        return self.run(lambda uow: ledger.balance(uow, key)).amount

    def organisation(self, kind: str, who: UUID) -> str:
        return self.balance(accounts.organisation(kind, who, "USD"))

    def job(self, kind: str, which: UUID) -> str:
        return self.balance(accounts.job(kind, which, "USD"))

    def worker(self, kind: str, who: UUID) -> str:
        return self.balance(accounts.worker(kind, who, "USD"))

    def platform(self, kind: str) -> str:
        return self.balance(accounts.platform(kind, "USD"))

    def journal(self, kind: str, ref: str) -> dict[str, str]:
        """Return one journal as {account kind: signed amount}, debits above zero."""
        statement = text(
            "SELECT a.kind, p.micros FROM journals j JOIN postings p ON p.journal_id = j.id"
            " JOIN accounts a ON a.id = p.account_id WHERE j.kind = :kind AND j.ref = :ref"
        )
        found = self.run(
            lambda uow: uow.session.execute(statement, {"kind": kind, "ref": ref}).all()
        )
        return {account: Money(micros, "USD").amount for account, micros in found}

    def count(self, table: str) -> int:
        return int(
            self.run(lambda uow: uow.session.scalar(text(f"SELECT count(*) FROM {table}"))) or 0
        )

    def broken(self) -> list[str]:
        return [one.name for one in self.run(invariants.check)]
