"""Gold: judged once, always paid, pausing who falls short, and repaired when it was wrong."""

from __future__ import annotations

import pytest

from kernel import chores
from kernel.errors import Denied, DomainError
from kernel.money import Money
from kernel.runtime import Runtime
from marketplace.assignments.models import Enrolment
from marketplace.jobs.models import Job
from marketplace.review import gold_repair
from qualification import trust
from tests import factories as make
from tests.service.review import stories

GOLD = {"every": 2, "first": 10, "minimum": "0.8", "error_rate": "0.2", "feedback": False}


def begin(runtime: Runtime) -> stories.Story:
    """Publish a job with ten golds that are all cats."""
    return stories.begin(runtime, make.some_tasks(20, gold=10), 2, gold=GOLD)


def enrolment(story: stories.Story, worker: int) -> Enrolment:
    """Return a worker's place on the job."""
    key = (story.job_id, story.workers[worker].worker_id)
    with story.runtime.database.unit_of_work() as uow:
        return uow.get(Enrolment, key, "not enrolled")


def record(story: stories.Story, worker: int) -> trust.GoldCounts:
    """Return a worker's gold on the job."""
    with story.runtime.database.unit_of_work() as uow:
        return trust.skills(uow, story.job_id)[make.worker_id(story.workers[worker])]


def gold_given(story: stories.Story, worker: int) -> int:
    """Count the golds a worker answered."""
    rows = stories.assignments(story, worker).values()
    return sum(row.gold_version is not None and row.given is not None for row in rows)


def test_gold_answers_are_judged_once_and_get_no_label(runtime: Runtime) -> None:
    story = begin(runtime)
    stories.answer_all(story, lambda worker, _text: ("cat", "dog")[worker])
    stories.settle(story)
    stories.let_pass(story, 0, "review.sweep")
    count = gold_given(story, 0)
    assert count and record(story, 0) == trust.GoldCounts(count, 0)
    assert record(story, 1) == trust.GoldCounts(0, gold_given(story, 1))
    assert not any(text.startswith("check") for text in stories.labels(story))


def test_a_missed_gold_is_paid_with_the_delay_of_any_other_answer(runtime: Runtime) -> None:
    story = begin(runtime)
    stories.answer_all(story, lambda worker, _text: ("cat", "dog")[worker])
    stories.settle(story)
    rows = stories.assignments(story).values()
    gold = {(row.given["animal"], row.state) for row in rows if row.gold_version and row.given}
    assert gold == {("cat", "approved"), ("dog", "submitted")}
    stories.let_pass(story, 3.1, "review.approve_due")
    assert set(stories.states(story)) == {"approved"}


def test_who_falls_short_is_paused_with_a_reason_and_keeps_only_what_they_hold(
    runtime: Runtime,
) -> None:
    story = begin(runtime)
    stories.answer_all(story, lambda _worker, _text: "dog", count=16)
    held = make.claim(runtime.database, story.workers[1], story.job_id, 1, seed=9)
    stories.settle(story)
    place, count = enrolment(story, 1), gold_given(story, 1)
    assert place.state == "paused"
    assert place.state_reason == (
        f"On check tasks 0 of {count} answers were right; the job asks for at least 80%."
    )
    assert stories.assignments(story)[held[0].outward_id].state == "claimed"
    with pytest.raises(Denied, match="paused on this job"):
        make.claim(runtime.database, story.workers[1], story.job_id)


def test_a_corrected_gold_repairs_records_and_lets_the_paused_go_on(runtime: Runtime) -> None:
    story = begin(runtime)
    stories.answer_all(story, lambda _worker, _text: "dog", count=16)
    stories.settle(story)
    assert enrolment(story, 0).state == "paused"
    for text, task in stories.tasks(story).items():
        if text.startswith("check"):
            with runtime.database.unit_of_work(story.owner) as uow:
                job = uow.get(Job, story.job_id, "no job")
                gold_repair.correct(uow, job, task.id, {"animal": "dog"})
    chores.drain(runtime)
    assert record(story, 0) == trust.GoldCounts(gold_given(story, 0), 0)
    place = enrolment(story, 0)
    assert (place.state, place.state_reason) == ("active", "")


def test_a_withdrawn_gold_counts_for_nobody_and_its_slots_go_back(runtime: Runtime) -> None:
    story = begin(runtime)
    stories.answer_all(story, lambda _worker, _text: "dog", count=6)
    stories.settle(story)
    before = stories.money(story, "job_reserved")
    tasks = [t for text, t in stories.tasks(story).items() if text.startswith("check")]
    for task in tasks:
        with runtime.database.unit_of_work(story.owner) as uow:
            gold_repair.withdraw(uow, uow.get(Job, story.job_id, "no job"), task.id)
    slots = sum(task.slots_open for task in tasks)
    assert before - stories.money(story, "job_reserved") == Money.parse("0.115", "USD") * slots
    assert record(story, 0) == trust.GoldCounts(0, 0)


def test_an_answer_given_before_a_correction_and_read_after_it_is_judged_by_the_new_gold(
    runtime: Runtime,
) -> None:
    story = begin(runtime)
    stories.answer_all(story, lambda _worker, _text: "dog", count=6)
    for text, task in stories.tasks(story).items():
        if text.startswith("check"):
            with runtime.database.unit_of_work(story.owner) as uow:
                job = uow.get(Job, story.job_id, "no job")
                gold_repair.correct(uow, job, task.id, {"animal": "dog"})
    stories.settle(story)
    assert record(story, 0) == trust.GoldCounts(gold_given(story, 0), 0)


def test_a_known_answer_must_be_a_class_and_the_task_gold(runtime: Runtime) -> None:
    story = begin(runtime)
    tasks, codes = stories.tasks(story), []
    for text, known in (("check 1", {"animal": "fish"}), ("check 1", {}), ("text 1", None)):
        with runtime.database.unit_of_work(story.owner) as uow:
            job = uow.get(Job, story.job_id, "no job")
            try:
                wanted = {"animal": "dog"} if known is None else known
                gold_repair.correct(uow, job, tasks[text].id, wanted)
            except DomainError as refusal:
                codes.append(refusal.code)
    assert codes == ["known_unknown", "known_empty", "gold_unknown"]
