"""Whatever people do in whatever order, the books balance and agree with the processor's own."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.errors import DomainError
from kernel.money import Money
from kernel.types import new_id
from payouts import accounts, earnings, funding, ledger
from payouts.earnings import Approval
from payouts.models import Withdrawal
from payouts.pretend.acting import AVAILABLE, PENDING
from payouts.transit import refunds, withdrawals
from tests.service.payouts.stories import Books, usd

COMMANDS = st.tuples(
    st.sampled_from(
        [
            "pay_in",
            "fund",
            "reserve",
            "approve",
            "approve",
            "release",
            "close",
            "win_appeal",
            "bonus",
            "withdraw",
            "withdraw",
            "refund",
            "pass_days",
            "pass_days",
            "bounce",
            "send_again",
        ]
    ),
    st.integers(0, 2),
    st.sampled_from(["0.0101", "1.25", "3", "7.77", "25"]).map(usd),
)


class Market:
    """A small market that does as it is told, or is refused in a person's words."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.organisations = [new_id() for _ in range(3)]
        self.jobs = [new_id() for _ in range(3)]
        self.workers = [new_id() for _ in range(3)]
        self.approvals: list[Approval] = []
        self.withdrawals: list[UUID] = []
        for worker in self.workers:
            books.set_up_payouts(worker)

    def do(self, name: str, which: int, amount: Money) -> None:
        verb: Callable[[int, Money], None] = getattr(self, name)
        try:
            verb(which, amount)
        except DomainError as refusal:
            assert refusal.sentence

    def pay_in(self, which: int, amount: Money) -> None:
        self.books.pay_in(self.organisations[which], (amount + usd("5")).whole_minor.amount)

    def fund(self, which: int, amount: Money) -> None:
        job, organisation = self.jobs[which], self.organisations[which]
        self.books.run(lambda uow: funding.fund(uow, job, organisation, amount, str(new_id())))

    def reserve(self, which: int, amount: Money) -> None:
        self.books.run(lambda uow: funding.reserve(uow, self.jobs[which], amount, str(new_id())))

    def release(self, which: int, amount: Money) -> None:
        self.books.run(lambda uow: funding.release(uow, self.jobs[which], amount, str(new_id())))

    def close(self, which: int, _amount: Money) -> None:
        job, organisation = self.jobs[which], self.organisations[which]
        self.books.run(lambda uow: funding.close(uow, job, organisation, "USD", str(new_id())))

    def approve(self, which: int, amount: Money) -> None:
        new = [self._approval(which, worker, amount) for worker in self.workers]
        again = self.approvals[-1:]
        self.books.run(lambda uow: earnings.approve_many(uow, [*new, *again]))
        self.approvals += new

    def win_appeal(self, which: int, amount: Money) -> None:
        approval = self._approval(which, self.workers[which], amount)
        organisation = self.organisations[which]
        self.books.run(
            lambda uow: earnings.pay_won_appeal(uow, approval, organisation, reserve_held=False)
        )

    def bonus(self, which: int, amount: Money) -> None:
        approval = self._approval(which, self.workers[which], amount)
        self.books.run(lambda uow: earnings.bonus(uow, approval, self.organisations[which]))

    def withdraw(self, which: int, amount: Money) -> None:
        worker = self.workers[which]
        held = Money.parse(self.books.worker("worker_available", worker), "USD")
        asked = self.books.run(
            lambda uow: withdrawals.request(uow, worker, min(amount, held).whole_minor)
        )
        self.withdrawals.append(asked.id)

    def send_again(self, which: int, _amount: Money) -> None:
        asked, worker = self._latest(), self.workers[which]
        self.books.run(lambda uow: withdrawals.send_again(uow, worker, asked))

    def refund(self, which: int, amount: Money) -> None:
        organisation = self.organisations[which]
        self.books.run(lambda uow: refunds.request(uow, organisation, amount.whole_minor))

    def pass_days(self, which: int, _amount: Money) -> None:
        self.books.pass_days(which + 1)

    def bounce(self, _which: int, _amount: Money) -> None:
        asked = self._latest()
        ref = self.books.run(lambda uow: uow.get(Withdrawal, asked, "Gone.")).payout_ref
        if ref:
            self.books.processor.bounce(ref)

    def _latest(self) -> UUID:
        return self.withdrawals[-1] if self.withdrawals else new_id()

    def _approval(self, which: int, worker: UUID, amount: Money) -> Approval:
        reward = Money(amount.micros // 400 * 100 + 100, "USD")
        return self.books.an_approval(self.jobs[which], worker, reward.amount, "0.0123")


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(commands=st.lists(COMMANDS, min_size=15, max_size=40))
def test_the_books_balance_after_any_commands(
    books: Books, commands: list[tuple[str, int, Money]]
) -> None:
    market = Market(books)
    # The platform's own float: the processor's costs may exceed its fees for a while.
    books.pay_in(new_id(), "5000")
    books.pass_days(3)
    for which in range(3):
        market.do("pay_in", which, usd("200"))
        market.do("fund", which, usd("150"))
        market.do("reserve", which, usd("100"))
        market.do("approve", which, usd("10"))
    books.pass_days(8)
    for command in commands:
        market.do(*command)
    assert books.broken() == []
    books.pass_days(9)
    assert books.broken() == []
    assert books.platform("processor_pending") == books.processor.held(PENDING, "USD").amount
    assert books.platform("processor_available") == books.processor.held(AVAILABLE, "USD").amount
    for worker in market.workers:
        there = books.processor.held(f"connected:{worker}", "USD")
        assert _sent(books, worker, there) >= usd("0")


def _sent(books: Books, worker: UUID, there: Money) -> Money:
    """Return how far our mirror of a connected account is ahead: by payouts not yet confirmed."""
    key = accounts.worker("processor_connected", worker, "USD")
    return books.run(lambda uow: ledger.balance(uow, key)) - there
