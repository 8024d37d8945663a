"""What people do in the stories; who is answered nothing looks first, and does it if it was not."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.runtime import Runtime
from payouts import onboarding
from payouts.models import Deposit, Refund, Withdrawal
from payouts.transit import deposits, refunds, withdrawals
from tests.service.kills.processes import Act
from tests.service.payouts.stories import a_worker, usd


def pay_in(organisation: UUID, amount: str) -> Act:
    """Start a deposit."""
    return partial(_pay_in, organisation=organisation, amount=amount)


def take_back(organisation: UUID, amount: str) -> Act:
    """Send unspent money back to a card."""
    return partial(_take_back, organisation=organisation, amount=amount)


def set_up(worker: UUID) -> Act:
    """Set up how a worker is paid."""
    return partial(_set_up, worker=worker)


def withdraw(worker: UUID, amount: str) -> Act:
    """Withdraw."""
    return partial(_withdraw, worker=worker, amount=amount)


def try_again(worker: UUID) -> Act:
    """Try the bank again."""
    return partial(_try_again, worker=worker)


def _pay_in(runtime: Runtime, organisation: UUID, amount: str) -> None:
    def work(uow: UnitOfWork) -> None:
        if uow.session.scalar(select(Deposit).where(Deposit.organisation == organisation)) is None:
            deposits.start(uow, organisation, usd(amount), "/money")

    runtime.database.run(work)


def _take_back(runtime: Runtime, organisation: UUID, amount: str) -> None:
    def work(uow: UnitOfWork) -> None:
        if uow.session.scalar(select(Refund).where(Refund.organisation == organisation)) is None:
            refunds.request(uow, organisation, usd(amount))

    runtime.database.run(work)


def _set_up(runtime: Runtime, worker: UUID) -> None:
    def work(uow: UnitOfWork) -> None:
        if onboarding.find(uow, worker) is None:
            a_worker(uow, worker)
            onboarding.begin(uow, worker, "https://here.test")

    runtime.database.run(work)


def _withdraw(runtime: Runtime, worker: UUID, amount: str) -> None:
    def work(uow: UnitOfWork) -> None:
        if _latest(uow, worker) is None:
            withdrawals.request(uow, worker, usd(amount))

    runtime.database.run(work)


def _try_again(runtime: Runtime, worker: UUID) -> None:
    def work(uow: UnitOfWork) -> None:
        asked = _latest(uow, worker)
        assert asked is not None
        if asked.state == "stuck":
            withdrawals.send_again(uow, worker, asked.id)

    runtime.database.run(work)


def _latest(uow: UnitOfWork, worker: UUID) -> Withdrawal | None:
    newest = select(Withdrawal).where(Withdrawal.worker == worker).order_by(Withdrawal.id.desc())
    return uow.session.scalar(newest.limit(1))
