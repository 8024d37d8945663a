"""Disputes: appeals, replies, rulings, silence, and what follows from each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from kernel import chores
from kernel.money import Money
from kernel.runtime import Runtime
from kernel.types import new_id
from marketplace.jobs import publishing
from marketplace.jobs.models import Job
from marketplace.review import queries
from marketplace.review.disputes import appealing, ruling
from marketplace.review.states import DisputeState
from tests import factories as make
from tests.service.review import stories
from tests.service.review.disputing import (
    PAY,
    WORDS,
    an_admin,
    appeal,
    dispute,
    refusal,
    rejected,
    reply,
    rule,
)


def test_an_organisation_that_agrees_pays_at_once(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime)
    dispute_id = appeal(story, decision_id)
    reply(story, dispute_id, agrees=True)
    assert dispute(story, dispute_id).state == DisputeState.WON
    assert stories.earned(story, 0) == PAY * 2


def test_an_organisation_that_is_silent_loses(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime)
    dispute_id = appeal(story, decision_id)
    stories.let_pass(story, 4.9, "review.rule_overdue")
    assert dispute(story, dispute_id).state == DisputeState.OPEN
    stories.let_pass(story, 0.2, "review.rule_overdue")
    found = dispute(story, dispute_id)
    assert (found.state, found.ruling) == (DisputeState.WON, ruling.NO_REPLY)
    assert stories.earned(story, 0) == PAY * 2


def test_an_admin_who_is_silent_decides_for_the_worker(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime)
    dispute_id = appeal(story, decision_id)
    reply(story, dispute_id)
    stories.let_pass(story, 9.9, "review.rule_overdue", "review.end_holds")
    assert dispute(story, dispute_id).state == DisputeState.REPLIED
    stories.let_pass(story, 0.2, "review.rule_overdue")
    found = dispute(story, dispute_id)
    assert (found.state, found.ruling) == (DisputeState.WON, ruling.NO_RULING)
    assert stories.earned(story, 0) == PAY * 2


def test_an_appeal_won_after_the_job_was_closed_is_paid_from_the_reserve(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime)
    dispute_id = appeal(story, decision_id)
    with runtime.database.unit_of_work(story.owner) as uow:
        publishing.close(uow, uow.get(Job, story.job_id, "no job"))
    chores.drain(runtime)
    assert stories.money(story, "job_budget") == Money(0, "USD")
    rule(story, dispute_id, DisputeState.WON)
    assert stories.earned(story, 0) == PAY * 2


def test_an_appeal_comes_within_its_days_once_and_with_a_statement(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime)
    worker = make.worker_id(story.workers[0])

    def appealing_with(words: str, subject: object = decision_id, who: UUID = worker) -> Any:
        wanted = appealing.Appeal("rejection", words, str(subject))
        return lambda uow: appealing.appeal(uow, who, wanted)

    stranger = make.worker_id(story.workers[1])
    assert refusal(story, appealing_with("No!")) == "statement_length"
    assert refusal(story, appealing_with(WORDS, "nonsense")) == "not_found"
    assert refusal(story, appealing_with(WORDS, new_id())) == "decision_unknown"
    assert refusal(story, appealing_with(WORDS, who=stranger)) == "decision_unknown"
    appeal(story, decision_id)
    assert refusal(story, appealing_with(WORDS)) == "appealed_already"
    other, late = rejected(runtime)
    runtime.clock.advance(timedelta(days=7.1))
    someone = make.worker_id(other.workers[0])
    assert refusal(other, appealing_with(WORDS, late, someone)) == "appeal_late"


def test_a_withdrawn_appeal_may_be_made_again(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime)
    first = appeal(story, decision_id)
    with runtime.database.unit_of_work(story.workers[0]) as uow:
        ruling.withdraw(uow, queries.dispute(uow, first))
    assert appeal(story, decision_id) != first


def test_nobody_rules_on_a_dispute_of_their_own(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime)
    dispute_id = appeal(story, decision_id)
    admin = an_admin(story)
    with runtime.database.unit_of_work() as uow:
        organisation_id = uow.get(Job, story.job_id, "no job").organisation_id
    member = replace(admin, roles={organisation_id: "viewer"})
    same = replace(admin, worker_id=story.workers[0].worker_id)

    def ruling_as_won(uow: Any) -> None:
        ruling.rule(uow, queries.dispute(uow, dispute_id), DisputeState.WON, WORDS)

    assert refusal(story, ruling_as_won, member) == "own_organisation"
    assert refusal(story, ruling_as_won, same) == "own_dispute"


def test_the_organisation_is_heard_before_the_worker_can_lose(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime)
    dispute_id = appeal(story, decision_id)
    code = refusal(
        story,
        lambda uow: ruling.rule(uow, queries.dispute(uow, dispute_id), DisputeState.LOST, WORDS),
        an_admin(story),
    )
    assert code == "reply_awaited"


def test_a_decided_dispute_takes_no_reply(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime)
    dispute_id = appeal(story, decision_id)
    rule(story, dispute_id, DisputeState.WON)
    code = refusal(
        story,
        lambda uow: ruling.reply(uow, queries.dispute(uow, dispute_id), WORDS, agrees=False),
    )
    assert code == "dispute_won"
