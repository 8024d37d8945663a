"""Removing workers: four switches, each on its own; and upholding reports of broken tasks."""

from __future__ import annotations

from typing import Any

import pytest

from kernel import chores
from kernel.errors import Refused
from kernel.money import Money
from kernel.runtime import Runtime
from marketplace.assignments import leasing
from marketplace.assignments.models import Enrolment
from marketplace.jobs.models import Job
from marketplace.review.deciding import removing
from tests import factories as make
from tests.service.review import stories

BY_HAND = {"mode": "by_hand"}
THREE = {"answers_min": 3, "answers_max": 3, "is_adaptive": False, "confidence": 0.85}


def begin(runtime: Runtime) -> stories.Story:
    """Publish two tasks, each with three settled answers."""
    story = stories.begin(runtime, make.some_tasks(2), 8, redundancy=THREE, approval=BY_HAND)
    for worker in range(3):
        stories.answer(story, worker, "cat", "cat")
    stories.settle(story)
    return story


def remove(story: stories.Story, **switches: Any) -> None:
    """Remove the first worker."""
    who = make.worker_id(story.workers[0])
    with story.runtime.database.unit_of_work(story.owner) as uow:
        job = uow.get(Job, story.job_id, "no job")
        removing.remove(uow, job, removing.Removal(who, "Answers without looking.", **switches))
    chores.drain(story.runtime)


def test_a_removed_worker_keeps_answers_and_pay(runtime: Runtime) -> None:
    story = begin(runtime)
    remove(story)
    key = (story.job_id, story.workers[0].worker_id)
    with runtime.database.unit_of_work() as uow:
        place = uow.get(Enrolment, key, "not enrolled")
        assert (place.state, place.answers_excluded) == ("removed", False)
    assert stories.labels(story)["text 1"].answers_count == 3
    stories.let_pass(story, 3.1, "review.approve_due")
    assert stories.earned(story, 0) == Money.parse("0.20", "USD")


def test_a_removed_workers_claims_go_back(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(2))
    held = make.claim(runtime.database, story.workers[0], story.job_id, 2)
    remove(story)
    states = stories.assignments(story)
    assert {str(states[one.outward_id].state) for one in held} == {"returned"}


def test_excluded_answers_enter_no_label_and_are_still_paid(runtime: Runtime) -> None:
    story = begin(runtime)
    remove(story, exclude_answers=True)
    label, task = stories.labels(story)["text 1"], stories.tasks(story)["text 1"]
    assert label.answers_count == 2
    assert (task.state, task.slots_open) == ("settled", 0)
    stories.let_pass(story, 3.1, "review.approve_due")
    assert stories.earned(story, 0) == Money.parse("0.20", "USD")


def test_reissued_slots_replace_excluded_answers_once(runtime: Runtime) -> None:
    story = begin(runtime)
    remove(story, exclude_answers=True, replace_answers=True)
    key = f"{story.job_id}/{story.workers[0].worker_id}/exclude+reissue"
    with runtime.database.unit_of_work() as uow:
        uow.later("review.replace_answers", key)
    chores.drain(runtime)
    task = stories.tasks(story)["text 1"]
    assert (task.slots_open, task.slots_taken, task.slots_max) == (1, 3, 4)
    assert stories.job(story).state == "open"
    stories.answer(story, 3, "cat", "cat")
    stories.settle(story)
    assert stories.labels(story)["text 1"].answers_count == 3
    assert stories.job(story).state == "completed"


def report(story: stories.Story, worker: int) -> str:
    """Let a worker report the first task as broken; return the assignment's outward id."""
    who = story.workers[worker]
    [claim] = make.claim(story.runtime.database, who, story.job_id)
    with story.runtime.database.unit_of_work(who) as uow:
        leasing.report(uow, make.worker_id(who), claim.outward_id, "unreadable")
    chores.drain(story.runtime)
    return claim.outward_id


def test_a_task_that_three_workers_report_is_withdrawn_and_they_are_paid(
    runtime: Runtime,
) -> None:
    story = stories.begin(runtime, make.some_tasks(1))
    reported = [report(story, worker) for worker in range(2)]
    assert stories.tasks(story)["text 1"].state == "open"
    reported.append(report(story, 2))
    task = stories.tasks(story)["text 1"]
    assert (task.state, task.slots_open, task.slots_taken) == ("withdrawn", 0, 3)
    rows = stories.assignments(story)
    assert {str(rows[one].state) for one in reported} == {"approved"}
    assert stories.earned(story, 1) == Money.parse("0.10", "USD")
    assert stories.money(story, "job_reserved") == Money(0, "USD")


def test_an_answer_to_a_withdrawn_task_is_still_paid(runtime: Runtime) -> None:
    three = {"answers_min": 3, "answers_max": 3, "is_adaptive": False}
    story = stories.begin(runtime, make.some_tasks(1), approval=BY_HAND, redundancy=three)
    stories.answer(story, 3, "cat")
    for worker in range(3):
        report(story, worker)
    stories.settle(story)
    assert stories.labels(story) == {}
    stories.let_pass(story, 3.1, "review.approve_due")
    assert stories.earned(story, 3) == Money.parse("0.10", "USD")


def test_a_report_that_stands_alone_is_not_paid(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(2))
    reported = report(story, 0)
    stories.settle(story)
    assert stories.assignments(story)[reported].state == "broken"
    assert stories.earned(story, 0) == Money(0, "USD")


def test_withholding_pay_rejects_what_is_undecided_with_a_reason(runtime: Runtime) -> None:
    story = begin(runtime)
    remove(story, withhold_pay=True, reason="careless")
    assert set(stories.states(story, 0)) == {"rejected"}
    assert set(stories.states(story, 1)) == {"submitted"}


def test_a_removal_that_may_not_withhold_pay_does_nothing_at_all(runtime: Runtime) -> None:
    story = begin(runtime)
    with pytest.raises(Refused, match="Choose one of these reasons"):
        remove(story, withhold_pay=True)
    key = (story.job_id, story.workers[0].worker_id)
    with runtime.database.unit_of_work() as uow:
        assert uow.get(Enrolment, key, "not enrolled").state == "active"
    assert set(stories.states(story, 0)) == {"submitted"}
