"""Deciding by hand: what rejecting does, what it may not do, and how money is held meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel.audit import AuditEntry
from kernel.money import Money
from kernel.runtime import Runtime
from marketplace.accounts.models import Organisation
from marketplace.config import policy
from marketplace.jobs.models import Job
from marketplace.review import exporting
from marketplace.review.deciding import by_hand, limits
from marketplace.review.models import Decision
from marketplace.review.states import LabelState
from qualification import trust
from tests import factories as make
from tests.service.review import stories

BY_HAND = {"mode": "by_hand"}
TWO = {"answers_min": 2, "answers_max": 2, "is_adaptive": False}


@pytest.fixture
def strict_limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the share of rejections count from two decided answers on."""
    monkeypatch.setenv("QUORUM_REJECTED_SHARE_COUNT_MIN", "2")
    policy.cache_clear()
    yield
    policy.cache_clear()


def answered(runtime: Runtime, tasks: int = 1, budget: str = "5000") -> stories.Story:
    """Publish a job decided by hand, with two final answers to each task."""
    story = stories.begin(
        runtime, make.some_tasks(tasks), budget=budget, approval=BY_HAND, redundancy=TWO
    )
    for worker in (0, 1):
        stories.answer(story, worker, *["cat"] * tasks)
    stories.settle(story)
    return story


def ids(story: stories.Story, worker: int) -> list[str]:
    """Return the outward ids of a worker's answers."""
    return sorted(stories.assignments(story, worker))


def test_an_approved_answer_is_paid_at_once_and_once(runtime: Runtime) -> None:
    story = answered(runtime)
    [first] = ids(story, 0)
    for _ in range(2):
        [outcome] = stories.decide(story, by_hand.Wish(first, by_hand.APPROVE))
        assert outcome.status == "approved"
    assert stories.earned(story, 0) == Money.parse("0.10", "USD")


def test_a_rejected_answer_is_not_paid_and_not_used(runtime: Runtime) -> None:
    story = answered(runtime)
    [first] = ids(story, 0)
    [outcome] = stories.decide(story, stories.rejection(first))
    assert outcome.status == "rejected" and outcome.decision_id is not None
    assert stories.earned(story, 0) == Money(0, "USD")
    label = stories.labels(story)["text 1"]
    assert (label.answers_count, label.version) == (1, 2)


def test_a_rejection_reopens_the_task_with_money_of_its_own(runtime: Runtime) -> None:
    story = answered(runtime)
    before = stories.money(story, "job_reserved")
    assert stories.job(story).state == "completed"
    stories.decide(story, stories.rejection(ids(story, 0)[0]))
    task = stories.tasks(story)["text 1"]
    assert (task.slots_open, task.slots_taken, task.slots_max) == (1, 2, 3)
    assert stories.job(story).state == "open"
    assert stories.money(story, "job_reserved") == before + Money.parse("0.115", "USD")
    stories.answer(story, 2, "cat")
    stories.settle(story)
    label = stories.labels(story)["text 1"]
    assert (label.answers_count, label.state) == (2, LabelState.FINAL)
    assert stories.job(story).state == "completed"


def test_a_rejection_without_budget_leaves_the_task_waiting_for_money(runtime: Runtime) -> None:
    story = answered(runtime, budget="0.23")
    stories.decide(story, stories.rejection(ids(story, 0)[0]))
    task, label = stories.tasks(story)["text 1"], stories.labels(story)["text 1"]
    assert task.waits_for_money and task.slots_open == 0 and label.needs_review


def test_rejecting_every_answer_leaves_no_label_to_use(runtime: Runtime) -> None:
    story = answered(runtime)
    wishes = [stories.rejection(ids(story, worker)[0]) for worker in (0, 1)]
    stories.decide(story, *wishes)
    label = stories.labels(story)["text 1"]
    assert (label.value, float(label.confidence), label.answers_count) == (None, 0.0, 0)


def test_one_decision_covers_all_of_a_workers_answers_in_a_call(runtime: Runtime) -> None:
    story = answered(runtime, tasks=3)
    wishes = [stories.rejection(one) for worker in (0, 1) for one in ids(story, worker)]
    outcomes = stories.decide(story, *wishes)
    assert len({outcome.decision_id for outcome in outcomes}) == 2
    with runtime.database.unit_of_work() as uow:
        rows = uow.session.scalars(select(Decision)).all()
        assert sorted(row.answers_count for row in rows) == [3, 3]
        audited = uow.session.scalars(
            select(AuditEntry.thing).where(AuditEntry.act == "answers.rejected")
        ).all()
        assert set(audited) == {f"decision:{row.id}" for row in rows}


def test_the_reserve_is_held_through_the_days_to_appeal_and_then_released(
    runtime: Runtime,
) -> None:
    story = answered(runtime)
    stories.decide(story, stories.rejection(ids(story, 0)[0]))
    held = stories.money(story, "job_reserved")
    stories.let_pass(story, 6.9, "review.end_holds")
    assert stories.money(story, "job_reserved") == held
    stories.let_pass(story, 0.2, "review.end_holds")
    stories.let_pass(story, 0, "review.end_holds")
    assert held - stories.money(story, "job_reserved") == Money.parse("0.115", "USD")


def test_money_freed_by_the_end_of_a_hold_opens_what_waited_for_it(runtime: Runtime) -> None:
    story = answered(runtime, budget="0.23")
    stories.decide(story, stories.rejection(ids(story, 0)[0]))
    stories.let_pass(story, 7.1, "review.end_holds")
    task = stories.tasks(story)["text 1"]
    assert (task.slots_open, task.waits_for_money) == (1, False)


def test_a_mistaken_rejection_can_be_taken_back_by_hand(runtime: Runtime) -> None:
    story = answered(runtime)
    [first] = ids(story, 0)
    stories.decide(story, stories.rejection(first))
    [outcome] = stories.decide(story, by_hand.Wish(first, by_hand.APPROVE))
    assert outcome.status == "approved"
    assert stories.earned(story, 0) == Money.parse("0.10", "USD")
    assert stories.labels(story)["text 1"].answers_count == 2
    assert stories.job(story).state == "completed"


def test_reviews_enter_the_workers_record(runtime: Runtime) -> None:
    story = answered(runtime, tasks=2)
    first, second = ids(story, 0)
    stories.decide(story, stories.rejection(first), by_hand.Wish(second, by_hand.APPROVE))
    with runtime.database.unit_of_work() as uow:
        counts = trust.reviews(uow, story.job_id)[make.worker_id(story.workers[0])]
    assert (counts.accepted, counts.reviewed) == (1, 2)


def test_each_wish_is_decided_on_its_own(runtime: Runtime) -> None:
    story = answered(runtime, tasks=2)
    first, second = ids(story, 0)
    outcomes = stories.decide(
        story,
        by_hand.Wish("nonsense", by_hand.APPROVE),
        stories.rejection(first, "too short"),
        by_hand.Wish(second, by_hand.APPROVE),
        by_hand.Wish(second, by_hand.APPROVE),
    )
    assert [outcome.code for outcome in outcomes] == [
        "answer_unknown",
        "sentence_needed",
        None,
        "answer_twice",
    ]
    assert outcomes[2].status == "approved"


def test_a_rejection_needs_a_reason_from_the_list(runtime: Runtime) -> None:
    story = answered(runtime)
    wish = by_hand.Wish(ids(story, 0)[0], by_hand.REJECT, "dislike", stories.WHY)
    [outcome] = stories.decide(story, wish)
    assert outcome.code == "reason_unknown"


def test_an_answer_that_is_not_final_cannot_be_rejected(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1), approval=BY_HAND)
    [first] = stories.answer(story, 0, "cat")
    [outcome] = stories.decide(story, stories.rejection(first))
    assert outcome.code == "answer_not_final"


def test_an_approved_answer_cannot_be_rejected(runtime: Runtime) -> None:
    story = answered(runtime)
    [first] = ids(story, 0)
    stories.decide(story, by_hand.Wish(first, by_hand.APPROVE))
    [outcome] = stories.decide(story, stories.rejection(first))
    assert outcome.code == "assignment_approved"


def test_a_gold_answer_is_always_paid(runtime: Runtime) -> None:
    story = stories.begin(
        runtime,
        make.some_tasks(2, gold=2),
        approval=BY_HAND,
        gold={"every": 2, "first": 1, "minimum": "0.6", "error_rate": "0.01", "feedback": False},
    )
    stories.answer_all(story, lambda _worker, _text: "dog", count=4)
    stories.settle(story)
    gold = [key for key, row in stories.assignments(story).items() if row.gold_version]
    assert gold
    [outcome] = stories.decide(story, stories.rejection(gold[0]))
    assert outcome.code == "gold_always_paid"
    stories.let_pass(story, 3.1, "review.approve_due")
    assert {str(stories.assignments(story)[key].state) for key in gold} == {"approved"}


def test_taking_an_answer_into_an_export_approves_it(runtime: Runtime) -> None:
    story = answered(runtime)
    with runtime.database.unit_of_work(story.owner) as uow:
        job = uow.get(Job, story.job_id, "no job")
        exporting.ask(uow, job, exporting.Wanted("jsonl", exporting.LABELS))
    stories.let_pass(story, 0)
    assert stories.states(story) == ["approved", "approved"]
    [outcome] = stories.decide(story, stories.rejection(ids(story, 0)[0]))
    assert outcome.code == "assignment_approved"


def test_rejecting_stops_when_an_organisation_rejects_too_much(
    runtime: Runtime, strict_limits: None
) -> None:
    story = answered(runtime, tasks=4)
    wishes = [by_hand.Wish(one, by_hand.APPROVE) for one in ids(story, 1)]
    stories.decide(story, *wishes)
    outcomes = stories.decide(story, *[stories.rejection(one) for one in ids(story, 0)])
    assert [outcome.code for outcome in outcomes] == [None, "rejecting_stopped"] + [
        "rejecting_stopped"
    ] * 2
    with runtime.database.unit_of_work() as uow:
        job = uow.get(Job, story.job_id, "no job")
        organisation = uow.get(Organisation, job.organisation_id, "none")
        assert organisation.rejecting_stopped_at is not None
        limits.allow_again(uow, organisation, "They explained it to us.")
    assert stories.states(story, 0).count("rejected") == 1


def test_rejections_outside_the_window_are_forgotten(runtime: Runtime, strict_limits: None) -> None:
    story = answered(runtime, tasks=3)
    first, second, _ = ids(story, 0)
    stories.decide(story, stories.rejection(first))
    [outcome] = stories.decide(story, stories.rejection(second))
    assert outcome.code == "rejecting_stopped"
    with runtime.database.unit_of_work() as uow:
        job = uow.get(Job, story.job_id, "no job")
        limits.allow_again(uow, uow.get(Organisation, job.organisation_id, "none"), "Looked at it.")
    runtime.clock.advance(timedelta(days=31))
    [outcome] = stories.decide(story, stories.rejection(second))
    assert outcome.status == "rejected"
