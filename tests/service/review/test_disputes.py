"""Disputes: appeals, replies, rulings, silence, and what follows from each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel import chores
from kernel.errors import DomainError
from kernel.identity import Identity
from kernel.money import Money
from kernel.runtime import Runtime
from kernel.types import new_id
from marketplace.assignments.models import Enrolment
from marketplace.jobs import publishing
from marketplace.jobs.models import Job
from marketplace.review import queries
from marketplace.review.deciding import removing
from marketplace.review.disputes import appealing, ruling
from marketplace.review.models import Dispute
from marketplace.review.states import DisputeState
from qualification import exams, sittings, trust
from qualification import queries as qualifications
from qualification.models import Sitting
from tests import factories as make
from tests.service.review import stories
from workers import service as workers
from workers.models import Worker

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


def test_one_won_appeal_pays_every_answer_of_the_decision(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime)
    dispute_id = appeal(story, decision_id)
    reply(story, dispute_id)
    assert dispute(story, dispute_id).state == DisputeState.REPLIED
    rule(story, dispute_id, DisputeState.WON)
    assert stories.states(story, 0) == ["approved", "approved"]
    assert stories.earned(story, 0) == PAY * 2
    label = stories.labels(story)["text 1"]
    assert label.answers_count == 2
    with runtime.database.unit_of_work() as uow:
        counts = trust.reviews(uow, story.job_id)[make.worker_id(story.workers[0])]
        assert (counts.accepted, counts.reviewed) == (2, 2)
        organisation_id = uow.get(Job, story.job_id, "no job").organisation_id
        assert queries.overturn_rate(uow, organisation_id) == queries.OverturnRate(1, 1, 1, 1)


def test_what_follows_a_ruling_happens_once(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime)
    dispute_id = appeal(story, decision_id)
    rule(story, dispute_id, DisputeState.WON)
    with runtime.database.unit_of_work() as uow:
        uow.later("review.settle_dispute", dispute_id)
    chores.drain(runtime)
    assert stories.earned(story, 0) == PAY * 2


def test_a_lost_appeal_ends_the_hold(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime, tasks=1)
    dispute_id = appeal(story, decision_id)
    reply(story, dispute_id)
    stories.let_pass(story, 8, "review.end_holds")
    held = stories.money(story, "job_reserved")
    rule(story, dispute_id, DisputeState.LOST)
    assert held - stories.money(story, "job_reserved") == Money.parse("0.115", "USD")
    assert stories.states(story, 0) == ["rejected"]


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


def test_a_won_removal_takes_the_worker_back_and_counts_their_answers(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1), approval=BY_HAND)
    for worker in (0, 1):
        stories.answer(story, worker, "cat")
    stories.settle(story)
    who = make.worker_id(story.workers[0])
    with runtime.database.unit_of_work(story.owner) as uow:
        job = uow.get(Job, story.job_id, "no job")
        removal = removing.Removal(who, "Answers without looking.", exclude_answers=True)
        removing.remove(uow, job, removal)
    chores.drain(runtime)
    assert stories.labels(story)["text 1"].answers_count == 1
    rule(story, appeal(story, story.job_id, "removal"), DisputeState.WON)
    with runtime.database.unit_of_work() as uow:
        place = uow.get(Enrolment, (story.job_id, who), "not enrolled")
        assert (place.state, place.answers_excluded) == ("active", False)
    assert stories.labels(story)["text 1"].answers_count == 2


def test_a_won_suspension_reinstates_the_worker(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1))
    who = make.worker_id(story.workers[0])
    with runtime.database.unit_of_work() as uow:
        workers.suspend(uow, uow.get(Worker, who, "nobody"), "Two accounts, we think.")
    rule(story, appeal(story, "", "suspension"), DisputeState.WON)
    with runtime.database.unit_of_work() as uow:
        assert uow.get(Worker, who, "nobody").state == "good"


def test_a_won_exam_counts_as_passed_and_grants_its_qualification(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1))
    who = make.worker_id(story.workers[0])
    with runtime.database.unit_of_work(story.owner) as uow:
        organisation_id = uow.get(Job, story.job_id, "no job").organisation_id
        exam = exams.create(uow, f"organisation:{organisation_id}", _an_exam("cat")).exam
    with runtime.database.unit_of_work(story.workers[0]) as uow:
        sitting_id = sittings.start(uow, exam, who).id
        sitting = uow.get(Sitting, sitting_id, "no sitting")
        sittings.answer(uow, sitting, {"a": "dog"})
    rule(story, appeal(story, sitting_id, "exam"), DisputeState.WON)
    with runtime.database.unit_of_work() as uow:
        assert uow.get(Sitting, sitting_id, "no sitting").state == "passed"
        assert qualifications.current_grant(uow, exam.type_id, who) is not None


def _an_exam(answer: str) -> exams.ExamDraft:
    """Describe an exam of one question."""
    question = {
        "id": "a",
        "text": "Which?",
        "options": ["cat", "dog"],
        "answer": answer,
        "explanation": "",
    }
    return exams.ExamDraft("Cats", "", [question], 80, 60, None, False, "", name="Cats")


def test_a_won_gold_mark_no_longer_counts(runtime: Runtime) -> None:
    gold = {"every": 2, "first": 2, "minimum": "0.6", "error_rate": "0.01", "feedback": True}
    story = stories.begin(runtime, make.some_tasks(3, gold=3), gold=gold)
    stories.answer_all(story, lambda _worker, _text: "dog", count=4)
    chores.drain(runtime)
    rows = stories.assignments(story, 0)
    missed = next(key for key, row in rows.items() if row.gold_version)
    who = make.worker_id(story.workers[0])
    with runtime.database.unit_of_work() as uow:
        before = trust.skills(uow, story.job_id)[who].wrong
    rule(story, appeal(story, missed, "gold"), DisputeState.WON)
    with runtime.database.unit_of_work() as uow:
        assert trust.skills(uow, story.job_id)[who].wrong == before - 1


def test_appealing_a_gold_does_not_tell_which_tasks_are_gold(runtime: Runtime) -> None:
    gold = {"every": 2, "first": 2, "minimum": "0.6", "error_rate": "0.01", "feedback": False}
    story = stories.begin(runtime, make.some_tasks(3, gold=3), gold=gold)
    stories.answer_all(story, lambda _worker, _text: "dog", count=4)
    stories.settle(story)
    who = make.worker_id(story.workers[0])
    codes = {
        refusal(
            story,
            lambda uow, key=key: appealing.appeal(uow, who, appealing.Appeal("gold", WORDS, key)),
        )
        for key in stories.assignments(story, 0)
    }
    assert codes == {"gold_unannounced"}
