"""The steps of a dispute: rejected, appealed, replied to, ruled on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from kernel import chores
from kernel.errors import DomainError
from kernel.identity import Identity
from kernel.money import Money
from kernel.runtime import Runtime
from marketplace.review import queries
from marketplace.review.disputes import appealing, ruling
from marketplace.review.models import Dispute
from marketplace.review.states import DisputeState
from tests import factories as make
from tests.service.review import stories

BY_HAND = {"mode": "by_hand"}

WORDS = "I looked closely and it is a cat."

PAY = Money.parse("0.10", "USD")


def rejected(runtime: Runtime, tasks: int = 2, budget: str = "5000") -> tuple[stories.Story, UUID]:
    """Publish a job and reject all answers of its first worker in one decision."""
    story = stories.begin(runtime, make.some_tasks(tasks), budget=budget, approval=BY_HAND)
    for worker in (0, 1):
        stories.answer(story, worker, *["cat"] * tasks)
    stories.settle(story)
    ids = list(stories.assignments(story, 0))
    outcomes = stories.decide(story, *[stories.rejection(one) for one in ids])
    assert outcomes[0].decision_id is not None
    return story, outcomes[0].decision_id


def appeal(story: stories.Story, subject: object, kind: str = "rejection", worker: int = 0) -> UUID:
    """Let a worker appeal; return the dispute's id."""
    who = story.workers[worker]
    with story.runtime.database.unit_of_work(who) as uow:
        wanted = appealing.Appeal(kind, WORDS, str(subject))
        return appealing.appeal(uow, make.worker_id(who), wanted).id


def reply(story: stories.Story, dispute_id: UUID, *, agrees: bool = False) -> None:
    """Let the organisation reply."""
    with story.runtime.database.unit_of_work(story.owner) as uow:
        ruling.reply(uow, queries.dispute(uow, dispute_id), WORDS, agrees=agrees)
    chores.drain(story.runtime)


def an_admin(story: stories.Story) -> Identity:
    """Add an admin."""
    with story.runtime.database.unit_of_work() as uow:
        user = make.a_user(uow, is_admin=True)
        return Identity(user_id=user.id, is_admin=True, second_factor_at=uow.now)


def rule(story: stories.Story, dispute_id: UUID, outcome: DisputeState) -> None:
    """Let an admin rule."""
    with story.runtime.database.unit_of_work(an_admin(story)) as uow:
        ruling.rule(uow, queries.dispute(uow, dispute_id), outcome, WORDS)
    chores.drain(story.runtime)


def dispute(story: stories.Story, dispute_id: UUID) -> Dispute:
    """Return a dispute as it is now."""
    with story.runtime.database.unit_of_work() as uow:
        return queries.dispute(uow, dispute_id)


def refusal(story: stories.Story, act: Any, who: Identity | None = None) -> str:
    """Return the code with which something is refused."""
    with (
        pytest.raises(DomainError) as caught,
        story.runtime.database.unit_of_work(who or story.owner) as uow,
    ):
        act(uow)
    return caught.value.code
