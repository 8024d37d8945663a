"""Claims and answers through the services, on one connection, against a bare durable insert."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from uuid import UUID

from bench import measuring, stage
from bench.measuring import Row, Work
from bench.stage import Person
from kernel.db import Database
from marketplace.assignments import submitting
from marketplace.assignments.handout import claiming
from marketplace.assignments.handout.claiming import Claim

ABOUT = (
    "Claims and answers through the services on one connection. A job of 20,000 tasks with four "
    "answers each, eight workers in turn, nothing but this process on the database. The floor is a "
    "durable insert of one row by the driver alone on the same connection; every claim and every "
    "answer is durable too. A batch of ten is one transaction and counts as ten."
)
SECONDS = 1.2
WORKERS = 8
BATCH = 10


@dataclass
class _Turns:
    """Workers who take turns; `held` is what the one whose turn it is has claimed."""

    database: Database
    job_id: UUID
    people: Sequence[Person]
    held: Sequence[Claim] = ()
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        self._order = cycle(self.people)
        self._person = next(self._order)

    def claim(self, count: int) -> int:
        """Claim for the one whose turn it is."""
        identity = self._person.identity
        self.held = self.database.run(
            lambda uow: claiming.claim(uow, self.job_id, count, self.chance).claims, identity
        )
        assert len(self.held) == count, "the job has tasks enough for a whole run"
        return count

    def answer(self) -> int:
        """Answer all that is held; the turn passes on."""
        given = [submitting.Given(one.outward_id, stage.RESULT, 10) for one in self.held]
        worker_id = self._person.worker_id
        outcomes = self.database.run(lambda uow: submitting.submit(uow, worker_id, given))
        assert all(one.status == "accepted" for one in outcomes), outcomes
        self.held, self._person = (), next(self._order)
        return len(given)

    def claims(self, count: int) -> Work:
        """Measure claims; that what was claimed before is answered is not timed."""
        name = f"claim {count} at once" if count > 1 else "claim one"
        return Work(name, "tasks", measuring.stepped(lambda: self.claim(count), self._clear))

    def answers(self, count: int) -> Work:
        """Measure answers; that they are claimed before is not timed."""
        name = f"answer {count} at once" if count > 1 else "answer one"
        return Work(name, "answers", measuring.stepped(self.answer, lambda: self._hold(count)))

    def _clear(self) -> None:
        if self.held:
            self.answer()

    def _hold(self, count: int) -> None:
        self._clear()
        self.claim(count)


def measure() -> list[Row]:
    """Measure single and batched claims and answers."""
    with stage.opened() as runtime:
        job_id = stage.an_open_job(runtime)
        turns = _Turns(runtime.database, job_id, stage.some_people(runtime, WORKERS))
        for _ in turns.people:  # the first claim of each worker enrols them
            turns.claim(1)
            turns.answer()
        stage.tidy(runtime.database)
        works = [
            Work("bare durable insert", "rows", stage.bare_insert(runtime.database)),
            turns.claims(1),
            turns.claims(BATCH),
            turns.answers(1),
            turns.answers(BATCH),
        ]
        return measuring.in_turns(works, SECONDS)
