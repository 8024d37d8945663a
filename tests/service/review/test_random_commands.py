"""Any order of claiming, answering, deciding, appealing and exporting keeps all books true."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from kernel import chores
from kernel.db import UnitOfWork
from kernel.errors import DomainError
from kernel.identity import Identity
from kernel.money import Money
from kernel.runtime import Runtime
from kernel.types import encode_pair
from marketplace.assignments import leasing
from marketplace.jobs import publishing
from marketplace.jobs.models import Job
from marketplace.review import exporting, queries
from marketplace.review.deciding import by_hand, removing
from marketplace.review.disputes import appealing, ruling
from marketplace.review.states import UNDECIDED, DisputeState
from payouts import invariants
from tests import factories as make
from tests.service.review import stories

MODES = st.sampled_from(["on_submit", "agreement", "by_hand"])
WORKERS = st.integers(0, 4)
ENDINGS = ("review.approve_due", "review.end_holds", "review.rule_overdue", "review.sweep")
GOLD = {"every": 3, "first": 1, "minimum": "0.6", "error_rate": "0.1", "feedback": False}


class Marketplace(RuleBasedStateMachine):
    """One small job with little money, five workers, and everything that may happen to them."""

    runtime: Runtime

    @initialize(mode=MODES, cents=st.integers(0, 9))
    def begin(self, mode: str, cents: int) -> None:
        """Publish the job."""
        self.story = stories.begin(
            self.runtime,
            make.some_tasks(3, gold=2),
            5,
            budget=f"{2 + cents / 10}",
            approval={"mode": mode},
            redundancy=stories.ADAPTIVE,
            gold=GOLD,
        )

    @rule(worker=WORKERS, count=st.integers(1, 3), is_cat=st.booleans())
    def answer(self, worker: int, count: int, is_cat: bool) -> None:
        """Claim some tasks, answer all but the last, and keep that."""
        who = self.story.workers[worker]
        try:
            claims = make.claim(self.runtime.database, who, self.story.job_id, count)
        except DomainError:
            return
        given = [make.given(claim, "cat" if is_cat else "dog") for claim in claims[:2]]
        if given:
            make.submit(self.runtime.database, who, *given)

    @rule(worker=WORKERS)
    def report(self, worker: int) -> None:
        """Report one held task as broken, and return the rest."""
        who = self.story.workers[worker]
        held = [k for k, row in self._answers(worker).items() if row.state == "claimed"]
        with self.runtime.database.unit_of_work(who) as uow:
            for one in held[:1]:
                leasing.report(uow, make.worker_id(who), one, "unreadable")
            leasing.give_back_all(uow, make.worker_id(who), self.story.job_id)

    @rule()
    def settle(self) -> None:
        """Let the undo windows end."""
        stories.settle(self.story)

    @rule(worker=WORKERS, is_rejection=st.booleans())
    def decide(self, worker: int, is_rejection: bool) -> None:
        """Decide about all answers of a worker."""
        wishes = [
            stories.rejection(key) if is_rejection else by_hand.Wish(key, by_hand.APPROVE)
            for key in self._answers(worker)
        ]
        if wishes:
            stories.decide(self.story, *wishes)

    @rule(worker=WORKERS)
    def appeal(self, worker: int) -> None:
        """Appeal every decision against a worker."""
        who = self.story.workers[worker]
        decided = {row.decision_id for row in self._answers(worker).values() if row.decision_id}
        for decision_id in sorted(decided):
            wanted = appealing.Appeal("rejection", stories.WHY, str(decision_id))
            self._try(lambda uow, w=wanted: appealing.appeal(uow, make.worker_id(who), w))

    @rule(is_won=st.booleans())
    def decide_disputes(self, is_won: bool) -> None:
        """Reply to all disputes, and rule on them."""
        outcome = DisputeState.WON if is_won else DisputeState.LOST
        for dispute_id in self._disputes():
            self._try(lambda uow, d=dispute_id: _reply_and_rule(uow, d, outcome))
        chores.drain(self.runtime)

    @rule(days=st.sampled_from([1, 4, 8]))
    def let_pass(self, days: int) -> None:
        """Let days pass with all that is scheduled."""
        with self.runtime.database.unit_of_work() as uow:
            uow.later("assignments.expire", "")
        stories.let_pass(self.story, days, *ENDINGS)

    @rule(content=st.sampled_from([exporting.LABELS, exporting.ANSWERS]))
    def export(self, content: str) -> None:
        """Export what there is."""
        with self.runtime.database.unit_of_work(self.story.owner) as uow:
            job = uow.get(Job, self.story.job_id, "no job")
            exporting.ask(uow, job, exporting.Wanted("jsonl", content))
        chores.drain(self.runtime)

    @rule(worker=WORKERS, exclude=st.booleans(), reissue=st.booleans())
    def remove(self, worker: int, exclude: bool, reissue: bool) -> None:
        """Remove a worker."""
        who = make.worker_id(self.story.workers[worker])
        removal = removing.Removal(who, "Answers without looking.", exclude, reissue)
        self._try(lambda uow: removing.remove(uow, _job(uow, self.story.job_id), removal))
        chores.drain(self.runtime)

    @rule(amount=st.sampled_from(["0.2", "1"]))
    def fund(self, amount: str) -> None:
        """Put more money into the job."""
        stories.deposit(self.story, amount)
        wanted = Money.parse(amount, "USD")
        self._try(lambda uow: publishing.fund(uow, _job(uow, self.story.job_id), wanted))
        chores.drain(self.runtime)

    @rule(luck=st.integers(0, 5))
    def close(self, luck: int) -> None:
        """Close the job, now and then."""
        if luck == 0:
            self._try(lambda uow: publishing.close(uow, _job(uow, self.story.job_id)))
            chores.drain(self.runtime)

    @invariant()
    def books_hold(self) -> None:
        """Hold every truth of the books, after every command."""
        with self.runtime.database.unit_of_work() as uow:
            assert invariants.check(uow) == []

    def _answers(self, worker: int) -> dict[str, Any]:
        rows = stories.assignments(self.story, worker).values()
        return {encode_pair(row.job_id, row.id): row for row in rows}

    def _disputes(self) -> list[UUID]:
        with self.runtime.database.unit_of_work() as uow:
            found = queries.disputes(uow, self.story.owner, None, 100).items
            return [row.id for row in found if row.state in UNDECIDED]

    def _try(self, act: Any) -> None:
        try:
            with self.runtime.database.unit_of_work(self.story.owner) as uow:
                act(uow)
        except DomainError:
            return


def _job(uow: UnitOfWork, job_id: UUID) -> Job:
    return uow.get(Job, job_id, "no job")


def _reply_and_rule(uow: Any, dispute_id: UUID, outcome: DisputeState) -> None:
    ruling.reply(uow, queries.dispute(uow, dispute_id), stories.WHY, agrees=False)
    uow.identity = Identity(user_id=uow.identity.user_id)
    ruling.rule(uow, queries.dispute(uow, dispute_id), outcome, stories.WHY)


def test_any_order_of_commands_keeps_the_books_true(runtime: Runtime) -> None:
    class Here(Marketplace):
        """The same, in this installation."""

    Here.runtime = runtime
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=8,
            stateful_step_count=12,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
