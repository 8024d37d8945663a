"""Short stories of review: jobs, crowds that answer them, and looks at what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from kernel import chores
from kernel.identity import Identity
from kernel.money import Money
from kernel.runtime import Runtime
from kernel.types import encode_pair, new_id
from marketplace.accounts.states import Role
from marketplace.assignments.models import Assignment
from marketplace.jobs.models import Job, Task
from marketplace.review.deciding import by_hand
from marketplace.review.models import Label
from payouts import accounts, ledger
from tests import factories as make

UNDO = timedelta(seconds=31)
WHY = "The picture shows a dog, not a cat."
ADAPTIVE = {"answers_min": 2, "answers_max": 4, "is_adaptive": True, "confidence": 0.85}


@dataclass(frozen=True)
class Story:
    """A published job, the people who post it and those who work on it."""

    runtime: Runtime
    job_id: UUID
    owner: Identity
    workers: Sequence[Identity]


def begin(
    runtime: Runtime,
    tasks: Sequence[dict[str, Any]],
    workers: int = 4,
    budget: str = "5000",
    **settings: Any,
) -> Story:
    """Publish a job with these settings, and sign workers up."""
    with runtime.database.unit_of_work() as uow:
        job = make.a_published_job(uow, tasks, budget, settings)
        owner = make.a_requester(uow, job.organisation_id, Role.OWNER)
        people = [make.a_worker(uow) for _ in range(workers)]
    return Story(runtime, job.id, owner, people)


def answer(story: Story, worker: int, *values: str) -> list[str]:
    """Let a worker claim as many tasks as values and answer them in order; return outward ids."""
    database = story.runtime.database
    claims = make.claim(database, story.workers[worker], story.job_id, len(values))
    claims = sorted(claims, key=lambda claim: str(claim.data))
    assert len(claims) == len(values), "there are fewer tasks than the story says"
    given = [make.given(claim, value) for claim, value in zip(claims, values, strict=True)]
    make.submit(database, story.workers[worker], *given)
    return [one.assignment for one in given]


def answer_all(story: Story, say: Callable[[int, str], str], count: int = 20) -> None:
    """Let every worker answer what there is for them; `say` gets the worker and the text."""
    database = story.runtime.database
    for number, worker in enumerate(story.workers):
        claims = make.claim(database, worker, story.job_id, count, seed=number)
        given = [make.given(claim, say(number, claim.data["text"])) for claim in claims]
        for start in range(0, len(given), 20):
            make.submit(database, worker, *given[start : start + 20])


def settle(story: Story) -> None:
    """Let the undo window pass, and every chore that follows run."""
    story.runtime.clock.advance(UNDO)
    chores.drain(story.runtime)


def let_pass(story: Story, days: float, *due: str) -> None:
    """Let days pass, and run these scheduled chores and what follows them."""
    story.runtime.clock.advance(timedelta(days=days))
    for name in due:
        with story.runtime.database.unit_of_work() as uow:
            uow.later(name, "")
    chores.drain(story.runtime)


def decide(story: Story, *wishes: by_hand.Wish) -> list[by_hand.Outcome]:
    """Let the owner decide about answers by hand."""
    with story.runtime.database.unit_of_work(story.owner) as uow:
        job = uow.get(Job, story.job_id, "no job")
        outcomes = by_hand.decide(uow, job, wishes)
    chores.drain(story.runtime)
    return outcomes


def rejection(outward_id: str, sentence: str = WHY) -> by_hand.Wish:
    """Wish to reject one answer."""
    return by_hand.Wish(outward_id, by_hand.REJECT, "wrong", sentence)


def labels(story: Story) -> dict[str, Label]:
    """Return the labels by the text of their task."""
    with story.runtime.database.unit_of_work() as uow:
        rows = uow.session.execute(
            select(Task.data["text"].astext, Label)
            .join(Label, (Label.job_id == Task.job_id) & (Label.task_id == Task.id))
            .where(Task.job_id == story.job_id)
        )
        return dict(iter(rows))


def tasks(story: Story) -> dict[str, Task]:
    """Return the tasks by their text."""
    with story.runtime.database.unit_of_work() as uow:
        own = select(Task).where(Task.job_id == story.job_id)
        return {row.data["text"]: row for row in uow.session.scalars(own)}


def job(story: Story) -> Job:
    """Return the job as it is now."""
    with story.runtime.database.unit_of_work() as uow:
        return uow.get(Job, story.job_id, "no job")


def assignments(story: Story, worker: int | None = None) -> dict[str, Assignment]:
    """Return assignments by outward id, of one worker or all."""
    with story.runtime.database.unit_of_work() as uow:
        own = select(Assignment).where(Assignment.job_id == story.job_id)
        if worker is not None:
            own = own.where(Assignment.worker_id == story.workers[worker].worker_id)
        return {encode_pair(row.job_id, row.id): row for row in uow.session.scalars(own)}


def states(story: Story, worker: int | None = None) -> list[str]:
    """Return the states of answers in the order they were claimed."""
    rows = sorted(assignments(story, worker).values(), key=lambda row: row.id)
    return [str(row.state) for row in rows]


def earned(story: Story, worker: int) -> Money:
    """Return what a worker has earned and not matured yet."""
    who = make.worker_id(story.workers[worker])
    with story.runtime.database.unit_of_work() as uow:
        return ledger.balance(uow, accounts.worker("worker_pending", who, "USD"))


def deposit(story: Story, amount: str) -> None:
    """Let money arrive on the balance of the job's organisation."""
    with story.runtime.database.unit_of_work() as uow:
        organisation = uow.get(Job, story.job_id, "no job").organisation_id
        micros = Money.parse(amount, "USD").micros
        theirs = accounts.organisation("organisation_available", organisation, "USD")
        legs = [(accounts.platform("processor_available", "USD"), micros), (theirs, -micros)]
        ledger.post(uow, ledger.Draft("deposit", str(new_id()), legs))


def money(story: Story, kind: str) -> Money:
    """Return the balance of one account of the job."""
    with story.runtime.database.unit_of_work() as uow:
        return ledger.balance(uow, accounts.job(kind, story.job_id, "USD"))
