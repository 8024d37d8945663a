"""A market of random commands: each goes to the real books and to the second opinion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from sqlalchemy import text

from kernel.errors import DomainError
from kernel.money import Money
from kernel.types import new_id
from payouts import bonuses, earnings, funding
from payouts.bonuses import Gift
from payouts.books import closing, reconciling
from payouts.earnings import Approval
from payouts.models import Deposit, Withdrawal
from payouts.pretend.processor import AVAILABLE, PENDING
from payouts.recovery import correcting
from payouts.transit import refunds, withdrawals
from payouts.webhooks import hearing
from tests.service.books import facts
from tests.service.books.facts import Refusal
from tests.service.books.oracle import UNIT, Oracle
from tests.service.payouts.stories import Books

WHICH = st.integers(0, 2)
MICROS = st.sampled_from([10_100, 1_250_000, 3_000_000, 7_770_000, 25_000_000])
FEE, FEE_BASIS_POINTS = 12_300, 1_500
WHY = "The same answer was paid twice."


class Market(RuleBasedStateMachine):
    """Three organisations, each with a job, and three workers; every command goes to both."""

    books: Books

    def __init__(self) -> None:
        super().__init__()
        self.oracle = Oracle()
        self.organisations = [new_id() for _ in range(3)]
        self.jobs = [new_id() for _ in range(3)]
        self.workers = [new_id() for _ in range(3)]
        self.sources: list[str] = []
        self.deposits: list[Deposit] = []
        self.asked: list[UUID] = []
        self.objections: list[str] = []
        self.books.empty()
        for worker in self.workers:
            self.books.set_up_payouts(worker)
        # The platform's own float: the processor's costs may exceed its fees for a while.
        self._pay_in(new_id(), 5_000 * UNIT)
        self.pass_days(3)
        for which in range(3):
            self._pay_in(self.organisations[which], 200 * UNIT)
            self.fund(which, 150 * UNIT)
            self.reserve(which, 100 * UNIT)

    @rule(which=WHICH, micros=MICROS)
    def pay_in(self, which: int, micros: int) -> None:
        self._pay_in(self.organisations[which], micros // 10_000 * 10_000 + 5 * UNIT)

    @rule(which=WHICH, micros=MICROS)
    def fund(self, which: int, micros: int) -> None:
        job, organisation, amount = *self._pair(which), Money(micros, "USD")
        self._both(
            lambda: self.books.run(
                lambda uow: funding.fund(uow, job, organisation, amount, str(new_id()))
            ),
            lambda: self.oracle.fund(facts.job(job), facts.organisation(organisation), micros),
        )

    @rule(which=WHICH, micros=MICROS)
    def reserve(self, which: int, micros: int) -> None:
        job, amount = self.jobs[which], Money(micros, "USD")
        self._both(
            lambda: self.books.run(lambda uow: funding.reserve(uow, job, amount, str(new_id()))),
            lambda: self.oracle.reserve(facts.job(job), micros),
        )

    @rule(which=WHICH, micros=MICROS)
    def release(self, which: int, micros: int) -> None:
        job, amount = self.jobs[which], Money(micros, "USD")
        self._both(
            lambda: self.books.run(lambda uow: funding.release(uow, job, amount, str(new_id()))),
            lambda: self.oracle.release(facts.job(job), micros),
        )

    @rule(which=WHICH)
    def close(self, which: int) -> None:
        job, organisation = self._pair(which)
        self._both(
            lambda: self.books.run(
                lambda uow: funding.close(uow, job, organisation, "USD", str(new_id()))
            ),
            lambda: self.oracle.close(facts.job(job), facts.organisation(organisation)),
        )

    @rule(which=WHICH, who=WHICH, micros=MICROS)
    def approve(self, which: int, who: int, micros: int) -> None:
        due = self._approval(which, who, micros)
        is_done = self._both(
            lambda: self.books.run(lambda uow: earnings.approve_many(uow, [due])),
            lambda: self.oracle.approve(
                facts.job(due.job), facts.worker(due.worker), due.reward_micros, FEE
            ),
        )
        self.sources += [due.assignment_ref] if is_done else []

    @rule(which=WHICH, who=WHICH, micros=MICROS)
    def win_appeal(self, which: int, who: int, micros: int) -> None:
        due, organisation = self._approval(which, who, micros), self.organisations[which]
        self._both(
            lambda: self.books.run(
                lambda uow: earnings.pay_won_appeal(uow, due, organisation, reserve_held=False)
            ),
            lambda: self.oracle.win_appeal(
                facts.job(due.job),
                facts.organisation(organisation),
                facts.worker(due.worker),
                due.reward_micros,
                FEE,
            ),
        )
        self.sources.append(due.assignment_ref)

    @rule(which=WHICH, who=WHICH, micros=MICROS)
    def give_bonus(self, which: int, who: int, micros: int) -> None:
        job, organisation = self._pair(which)
        gift = Gift(
            organisation, job, self.workers[who], "", Money(micros, "USD"), FEE_BASIS_POINTS, WHY
        )
        given: list[str] = []
        is_done = self._both(
            lambda: given.append(f"bonus:{self.books.run(lambda uow: bonuses.give(uow, gift)).id}"),
            lambda: self.oracle.bonus(
                facts.job(job),
                facts.organisation(organisation),
                facts.worker(gift.worker),
                micros,
                (micros * FEE_BASIS_POINTS + 5_000) // 10_000,
            ),
        )
        self.sources += given if is_done else []

    @precondition(lambda self: self.sources)
    @rule(number=st.integers(0, 1_000))
    def take_back(self, number: int) -> None:
        number %= len(self.sources)
        self._both(
            lambda: self.books.run(
                lambda uow: correcting.take_back(uow, self.sources[number], WHY)
            ),
            lambda: self.oracle.take_back(number),
        )

    @rule(which=WHICH, micros=MICROS)
    def refund(self, which: int, micros: int) -> None:
        organisation, whole = self.organisations[which], Money(micros, "USD").whole_minor
        self._both(
            lambda: self.books.run(lambda uow: refunds.request(uow, organisation, whole)),
            lambda: self.oracle.refund(facts.organisation(organisation), whole.micros),
        )

    @rule(who=WHICH, micros=MICROS)
    def withdraw(self, who: int, micros: int) -> None:
        worker = self.workers[who]
        available = self.oracle.held["worker_available", facts.worker(worker)]
        whole = Money(min(micros, max(available, 1_000_000)), "USD").whole_minor
        asked: list[Withdrawal] = []
        is_done = self._both(
            lambda: asked.append(
                self.books.run(lambda uow: withdrawals.request(uow, worker, whole))
            ),
            lambda: self.oracle.withdraw(facts.worker(worker), whole.micros),
        )
        self.asked += [asked[0].id] if is_done else []

    @precondition(lambda self: self.asked)
    @rule()
    def send_again(self) -> None:
        latest = len(self.asked) - 1
        shown = self.books.withdrawal(self.asked[latest])
        self._both(
            lambda: self.books.run(lambda uow: withdrawals.send_again(uow, shown.worker, shown.id)),
            lambda: self.oracle.send_again(latest),
        )

    @precondition(lambda self: self.asked)
    @rule()
    def bounce(self) -> None:
        latest = len(self.asked) - 1
        if self.oracle.withdrawals[latest].state in ("sent", "paid"):
            self.books.processor.bounce(str(self.books.withdrawal(self.asked[latest]).payout_ref))
            self.oracle.bounce(latest)

    @rule(which=WHICH, part=st.sampled_from([1, 4, 10]))
    def object_to(self, which: int, part: int) -> None:
        owner = facts.organisation(self.organisations[which])
        open_ones = [
            number
            for number, paid in enumerate(self.oracle.deposits)
            if paid.organisation == owner and not paid.is_contested and not paid.refunded
        ]
        if not open_ones:
            return
        deposit = self.deposits[open_ones[-1]]
        amount = Money(deposit.micros // part, "USD").whole_minor
        ref = self.books.processor.object_to(str(deposit.checkout_ref), amount)
        self.objections.append(ref)
        self._hear()
        self.oracle.object_to(open_ones[-1], amount.micros)
        self._compare()

    @precondition(lambda self: self.objections)
    @rule(number=st.integers(0, 1_000), is_won=st.booleans())
    def decide(self, number: int, is_won: bool) -> None:
        number %= len(self.objections)
        if self.oracle.objections[number].state != "open":
            return
        self.books.processor.decide(self.objections[number], is_won=is_won)
        self._hear()
        self.oracle.decide(number, is_won=is_won)
        self._compare()

    @rule()
    def sweep(self) -> None:
        self.books.run(closing.sweep)
        self.oracle.sweep()
        self._compare()

    @rule(days=st.integers(1, 4))
    def pass_days(self, days: int) -> None:
        self.books.pass_days(days)
        self.books.run(correcting.offset)
        self.oracle.pass_days(days)
        self._compare()

    def teardown(self) -> None:
        """Hold at the end that the processor, the invariants and the lines agree too."""
        self.pass_days(9)
        for name, kind in ((PENDING, "processor_pending"), (AVAILABLE, "processor_available")):
            assert self.books.platform(kind) == self.books.processor.held(name, "USD").amount
        done = reconciling.run(self.books.database, self.books.processor)
        assert (done.unmatched_count, done.differences) == (0, {})
        assert set(self.books.broken()) <= {"available_is_cleared"}

    def _pay_in(self, organisation: UUID, micros: int) -> None:
        self.deposits.append(self.books.pay_in(organisation, Money(micros, "USD").amount))
        self.oracle.attend()
        self.oracle.pay_in(facts.organisation(organisation), micros)
        self._compare()

    def _hear(self) -> None:
        """Hear of an objection, and with it of whatever else is due."""
        hearing.hear(self.books.database, self.books.processor)
        self.oracle.hear()

    def _both(self, real: Callable[[], Any], told: Callable[[], None]) -> bool:
        """Do it in both; they do the same or refuse for the same reason."""
        codes = []
        for act in (real, told):
            try:
                act()
                codes.append("")
            except DomainError as refusal:
                assert refusal.sentence
                codes.append(refusal.code)
            except Refusal as refusal:
                codes.append(str(refusal))
        assert codes[0] == codes[1], codes
        self._compare()
        return codes[0] == ""

    def _compare(self) -> None:
        found = self.books.run(
            lambda uow: uow.session.execute(
                text("SELECT kind, owner, balance FROM accounts WHERE balance <> 0")
            ).all()
        )
        real = {(kind, owner): balance for kind, owner, balance in found}
        assert real == {name: micros for name, micros in self.oracle.held.items() if micros}

    def _approval(self, which: int, who: int, micros: int) -> Approval:
        reward = Money(micros // 400 * 100 + 100, "USD").amount
        return self.books.an_approval(self.jobs[which], self.workers[who], reward, "0.0123")

    def _pair(self, which: int) -> tuple[UUID, UUID]:
        return self.jobs[which], self.organisations[which]
