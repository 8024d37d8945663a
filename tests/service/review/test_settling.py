"""Settling: labels, one more slot, approvals and completion from final answers."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, event, func, select

from kernel import chores
from kernel.audit import flush as flush_audit
from kernel.clock import Clock
from kernel.db import Database
from kernel.events import OutboxRow
from kernel.events import flush as flush_news
from kernel.money import Money
from kernel.runtime import Runtime
from kernel.settings import Settings
from marketplace.jobs import publishing
from marketplace.jobs.models import Job
from marketplace.review.models import LabelVersion
from marketplace.review.settling import approving
from marketplace.review.settling import tasks as settling
from marketplace.review.states import LabelState
from tests import factories as make
from tests.service.review import stories

FIXED = {"answers_min": 3, "answers_max": 3, "is_adaptive": False, "confidence": 0.85}


def test_agreeing_answers_settle_a_task_and_complete_the_job(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1))
    stories.answer(story, 0, "cat")
    stories.answer(story, 1, "cat")
    stories.settle(story)
    label = stories.labels(story)["text 1"]
    assert (label.value, label.answers_count, label.version) == ("cat", 2, 1)
    assert label.state == LabelState.FINAL
    assert stories.tasks(story)["text 1"].state == "settled"
    assert stories.job(story).state == "completed"


def test_an_answer_that_may_still_change_settles_nothing(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1))
    stories.answer(story, 0, "cat")
    stories.answer(story, 1, "cat")
    chores.drain(runtime)
    assert stories.labels(story) == {}
    assert stories.states(story) == ["submitted", "submitted"]


def test_disagreement_opens_one_more_slot_until_the_label_is_sure(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1), redundancy=stories.ADAPTIVE)
    stories.answer(story, 0, "cat")
    stories.answer(story, 1, "dog")
    stories.settle(story)
    task, label = stories.tasks(story)["text 1"], stories.labels(story)["text 1"]
    assert (task.state, task.slots_open, task.slots_taken, task.lane) == ("open", 1, 2, 0)
    assert not label.needs_review and label.state == LabelState.PROVISIONAL
    stories.answer(story, 2, "cat")
    stories.settle(story)
    assert stories.tasks(story)["text 1"].slots_open == 1
    stories.answer(story, 3, "cat")
    stories.settle(story)
    label = stories.labels(story)["text 1"]
    assert (label.value, label.answers_count, label.version) == ("cat", 4, 3)
    assert stories.job(story).state == "completed"


def test_a_doubtful_label_at_the_maximum_needs_review(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1), redundancy=stories.ADAPTIVE)
    for worker, value in enumerate(("cat", "dog", "cat", "dog")):
        stories.answer(story, worker, value)
        stories.settle(story) if worker else None
    label = stories.labels(story)["text 1"]
    assert label.needs_review and float(label.confidence) == pytest.approx(0.5, abs=0.05)
    assert stories.tasks(story)["text 1"].state == "settled"


def test_a_task_that_needs_money_says_so_and_goes_on_when_it_comes(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1), budget="0.24", redundancy=stories.ADAPTIVE)
    stories.answer(story, 0, "cat")
    stories.answer(story, 1, "dog")
    stories.settle(story)
    task, label = stories.tasks(story)["text 1"], stories.labels(story)["text 1"]
    assert task.waits_for_money and task.slots_open == 0
    assert label.needs_review and stories.job(story).state == "open"
    stories.deposit(story, "10")
    with runtime.database.unit_of_work() as uow:
        publishing.fund(uow, uow.get(Job, story.job_id, "no job"), Money.parse("5", "USD"))
    assert stories.tasks(story)["text 1"].slots_open == 1


def test_settling_again_changes_nothing(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(3), approval={"mode": "on_submit"})
    stories.answer(story, 0, "cat", "cat", "dog")
    stories.answer(story, 1, "cat", "cat", "dog")
    stories.settle(story)
    before = {text: (row.version, row.value) for text, row in stories.labels(story).items()}
    with runtime.database.unit_of_work() as uow:
        uow.later("review.settle", story.job_id)
    chores.drain(runtime)
    after = {text: (row.version, row.value) for text, row in stories.labels(story).items()}
    assert before == after
    assert stories.earned(story, 0) == Money.parse("0.30", "USD")


def test_two_runners_at_once_read_every_answer_once(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(30), approval={"mode": "on_submit"})
    for worker in (0, 1):
        stories.answer(story, worker, *["cat"] * 20)
    runtime.clock.advance(stories.UNDO)
    read: list[int] = []

    def run() -> None:
        for _ in range(5):
            read.append(runtime.database.run(lambda uow: settling.settle_some(uow, story.job_id)))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(read) == 40
    assert stories.earned(story, 0) == Money.parse("2", "USD")


def test_a_runner_killed_while_settling_leaves_nothing_half_done(
    runtime: Runtime, settings: Settings
) -> None:
    story = stories.begin(runtime, make.some_tasks(2), approval={"mode": "on_submit"})
    stories.answer(story, 0, "cat", "dog")
    runtime.clock.advance(stories.UNDO)
    child = multiprocessing.get_context("fork").Process(
        target=_die_while_settling, args=(settings, story.job_id)
    )
    child.start()
    child.join(30)
    assert child.exitcode == -signal.SIGKILL
    assert stories.labels(story) == {} and stories.states(story) == ["submitted"] * 2
    chores.drain(runtime)
    assert stories.states(story) == ["approved"] * 2
    assert stories.earned(story, 0) == Money.parse("0.20", "USD")


def _die_while_settling(settings: Settings, job_id: object) -> None:
    """Settle in a process of its own, and die between the payments and the commit."""
    pay = approving.pay

    def pay_and_die(*args: object) -> None:
        pay(*args)  # type: ignore[arg-type]
        os.kill(os.getpid(), signal.SIGKILL)

    approving.pay = pay_and_die
    database = Database(
        settings.database_url, Clock(settings.clock_file), (flush_audit, flush_news)
    )
    database.run(lambda uow: settling.settle_some(uow, job_id))  # type: ignore[arg-type]


def test_by_agreement_only_answers_that_others_confirm_are_approved_at_once(
    runtime: Runtime,
) -> None:
    story = stories.begin(runtime, make.some_tasks(1), redundancy=FIXED)
    stories.answer(story, 0, "cat")
    stories.answer(story, 1, "cat")
    stories.answer(story, 2, "cat")
    stories.settle(story)
    assert stories.states(story) == ["approved"] * 3


def test_a_dissenting_answer_waits_for_its_delay_and_is_paid(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1), redundancy=FIXED)
    stories.answer(story, 0, "cat")
    stories.answer(story, 1, "cat")
    stories.answer(story, 2, "dog")
    stories.settle(story)
    assert stories.states(story) == ["submitted"] * 3
    stories.let_pass(story, 2.9, "review.approve_due")
    assert stories.states(story) == ["submitted"] * 3
    stories.let_pass(story, 0.2, "review.approve_due")
    assert stories.states(story) == ["approved"] * 3
    assert stories.money(story, "job_reserved") == Money(0, "USD")


def test_by_hand_nothing_is_approved_before_its_delay(runtime: Runtime) -> None:
    story = stories.begin(
        runtime, make.some_tasks(1), redundancy=FIXED, approval={"mode": "by_hand"}
    )
    for worker in range(3):
        stories.answer(story, worker, "cat")
    stories.settle(story)
    assert stories.states(story) == ["submitted"] * 3
    stories.let_pass(story, 3.1, "review.approve_due")
    assert stories.states(story) == ["approved"] * 3


def test_every_change_of_a_label_is_kept_with_its_cause(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1), redundancy=stories.ADAPTIVE)
    for worker, value in enumerate(("cat", "dog", "cat")):
        stories.answer(story, worker, value)
        stories.settle(story) if worker else None
    with runtime.database.unit_of_work() as uow:
        rows = uow.session.scalars(
            select(LabelVersion)
            .where(LabelVersion.job_id == story.job_id)
            .order_by(LabelVersion.version)
        ).all()
    assert [(row.version, row.answers_count, row.cause) for row in rows] == [
        (1, 2, "new_answer"),
        (2, 3, "new_answer"),
    ]


def test_a_claim_on_a_closed_job_is_honoured_and_its_label_final(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1), approval={"mode": "on_submit"})
    claims = make.claim(runtime.database, story.workers[0], story.job_id)
    with runtime.database.unit_of_work() as uow:
        publishing.close(uow, uow.get(Job, story.job_id, "no job"))
    make.submit(runtime.database, story.workers[0], make.given(claims[0]))
    stories.settle(story)
    label = stories.labels(story)["text 1"]
    assert (label.state, label.needs_review) == (LabelState.FINAL, True)
    assert stories.states(story) == ["approved"]
    assert stories.money(story, "job_budget") == Money(0, "USD")


def test_the_sweeper_finds_answers_whose_wake_up_was_lost(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1), approval={"mode": "on_submit"})
    stories.answer(story, 0, "cat")
    with runtime.database.unit_of_work() as uow:
        uow.session.execute(delete(chores.DueChore))
        uow.session.execute(delete(OutboxRow))
    runtime.clock.advance(timedelta(minutes=1))
    chores.drain(runtime)
    assert stories.states(story) == ["submitted"]
    stories.let_pass(story, 0, "review.sweep")
    assert stories.states(story) == ["approved"]


def test_settling_many_tasks_takes_a_fixed_number_of_statements(runtime: Runtime) -> None:
    counts = []
    for size in (2, 20):
        story = stories.begin(runtime, make.some_tasks(size), workers=2)
        for worker in (0, 1):
            stories.answer(story, worker, *["cat"] * size)
        runtime.clock.advance(stories.UNDO)
        counts.append(_statements(runtime, story))
    assert counts[0] == counts[1] < 40


def _statements(runtime: Runtime, story: stories.Story) -> int:
    seen: list[str] = []

    def note(_c: object, _u: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(runtime.database.engine, "before_cursor_execute", note)
    runtime.database.run(lambda uow: settling.settle_some(uow, story.job_id))
    event.remove(runtime.database.engine, "before_cursor_execute", note)
    with runtime.database.unit_of_work() as uow:
        assert uow.session.scalar(select(func.count()).select_from(LabelVersion))
    return len(seen)
