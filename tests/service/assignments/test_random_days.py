"""Random days of a few workers on a few tasks: slots, claims and money stay right throughout."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from kernel.clock import Clock
from kernel.db import Database
from kernel.errors import Conflict
from kernel.identity import Identity
from marketplace.assignments import leasing
from marketplace.assignments.handout.claiming import Claim
from marketplace.assignments.states import AssignmentState
from payouts import invariants
from tests import factories as make
from tests.factories import worker_id

WORKERS = 4
SETTINGS = settings(
    max_examples=8,
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TELLING = {
    "slots within the maximum": "slots_open + slots_taken > slots_max",
    "taken slots are held": """slots_taken <> (SELECT count(*) FROM assignments a
        WHERE a.job_id = t.job_id AND a.task_id = t.id
          AND a.state IN ('claimed', 'submitted', 'approved', 'rejected'))""",
    "nobody holds a task twice": """EXISTS (SELECT FROM assignments a
        WHERE a.job_id = t.job_id AND a.task_id = t.id
          AND a.state IN ('claimed', 'submitted', 'approved', 'rejected')
        GROUP BY a.worker_id HAVING count(*) > 1)""",
    "no funded slot is lost": "lane < 2 AND slots_open + slots_taken <> 2",
}


def test_slots_and_claims_agree_whatever_workers_do(database: Database, clock: Clock) -> None:
    class Days(RuleBasedStateMachine):
        """What workers may do, in any order."""

        who = st.integers(0, WORKERS - 1)
        which = st.integers(0, 50)

        @initialize()
        def open_a_job(self) -> None:
            """Begin with a job of five tasks and two checks."""
            self.claims: list[tuple[Identity, Claim]] = []
            with database.unit_of_work() as uow:
                tasks = make.some_tasks(5, gold=2)
                self.job_id = make.a_published_job(
                    uow, tasks, gold_first=1, gold_every=3, lease_seconds=60, claims_max=4
                ).id
                self.workers = [make.a_worker(uow) for _ in range(WORKERS)]

        @rule(who=who, count=st.integers(1, 4))
        def claim(self, who: int, count: int) -> None:
            """Claim some tasks."""
            try:
                new = make.claim(database, self.workers[who], self.job_id, count, seed=count)
            except Conflict as refusal:
                assert refusal.code == "claims_held"
                return
            self.claims += [(self.workers[who], one) for one in new]

        @rule(which=which, value=st.sampled_from(["cat", "dog"]))
        def answer(self, which: int, value: str) -> None:
            """Answer a claim, held or not."""
            for worker, one in self.claims[which : which + 1]:
                make.submit(database, worker, make.given(one, value))

        @rule(which=which, end=st.sampled_from(["give_back", "skip", "report", "extend"]))
        def end(self, which: int, end: str) -> None:
            """Give a claim back in one way or another, or hold on to it."""
            reason = ("a reason",) if end in {"skip", "report"} else ()
            for worker, one in self.claims[which : which + 1]:
                try:
                    with database.unit_of_work() as uow:
                        getattr(leasing, end)(uow, worker_id(worker), one.outward_id, *reason)
                except Conflict as refusal:
                    assert refusal.code in {"claim_ended", "extension_used_up"}

        @rule(seconds=st.sampled_from([20, 61, 4_000]))
        def wait(self, seconds: int) -> None:
            """Let time pass, and sweep."""
            clock.advance(timedelta(seconds=seconds))
            with database.unit_of_work() as uow:
                ids = leasing.overdue(uow).get(self.job_id, [])
                leasing.end_claims(uow, self.job_id, ids, AssignmentState.EXPIRED)

        @invariant()
        def all_agrees(self) -> None:
            """Hold what must always be true."""
            with database.unit_of_work() as uow:
                for sentence, broken in TELLING.items():
                    asked = text(f"SELECT id FROM tasks t WHERE job_id = :job AND ({broken})")
                    rows = uow.session.execute(asked, {"job": self.job_id}).all()
                    assert rows == [], sentence
                assert invariants.check(uow) == []

    run_state_machine_as_test(Days, settings=SETTINGS)
