"""Golds are looked after: doubted ones score nobody until somebody looks, and objections count."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel import chores
from kernel.errors import Conflict, Missing, Refused
from kernel.runtime import Runtime
from marketplace.home.models import Notice
from marketplace.jobs.models import Job
from marketplace.quality.checks import contests, looking, overview, supplying
from marketplace.quality.models import GoldContest
from qualification import trust
from tests import factories as make
from tests.service.review import stories

GOLD = {"every": 2, "first": 6, "minimum": "0.6", "error_rate": "0.0001", "feedback": True}


def begin(runtime: Runtime, workers: int = 6, feedback: bool = True) -> stories.Story:
    """Publish a job with six golds, all cats, two of which the crowd says are dogs."""
    gold = GOLD | {"feedback": feedback}
    undo = {"undo_seconds": 0} if feedback else {}
    return stories.begin(runtime, make.some_tasks(80, gold=6), workers, gold=gold, **undo)


def work(story: stories.Story, wrong: tuple[str, ...] = ("check 1",)) -> None:
    """Let everybody be right on every gold but those named; free places come in two rounds."""
    for count in (20, 10):
        stories.answer_all(story, lambda _w, text: "dog" if text in wrong else "cat", count)
        look(story)


def look(story: stories.Story) -> None:
    """Let everything settle, and the look at gold that follows."""
    stories.settle(story)
    story.runtime.clock.advance(timedelta(minutes=2))
    chores.drain(story.runtime)


def lines(story: stories.Story) -> dict[str, overview.Line]:
    """Return the golds by their text."""
    return {str(line.task.data["text"]): line for line in shown(story).lines}


def shown(story: stories.Story) -> overview.Overview:
    """Return what the manager of the gold sees."""
    with story.runtime.database.unit_of_work() as uow:
        return overview.overview(uow, uow.get(Job, story.job_id, "no job"))


def missed(story: stories.Story) -> int:
    """Count the misses on record."""
    with story.runtime.database.unit_of_work() as uow:
        return sum(one.wrong for one in trust.skills(uow, story.job_id).values())


def test_a_gold_that_everybody_misses_scores_nobody_until_somebody_looks(runtime: Runtime) -> None:
    story = begin(runtime)
    work(story)
    found = lines(story)
    assert found["check 1"].state == "paused"
    assert {line.state for text, line in found.items() if text != "check 1"} == {"in_use"}
    assert (missed(story), found["check 1"].task.slots_open) == (0, 0)
    case, seen = found["check 1"].case, found["check 1"].tally.seen
    assert case and f"{seen} of {seen} workers missed it" in case.reason


def test_a_gold_that_somebody_keeps_counts_again_and_is_left_alone(runtime: Runtime) -> None:
    story = begin(runtime)
    work(story)
    with runtime.database.unit_of_work(story.owner) as uow:
        looking.keep(uow, uow.get(Job, story.job_id, "no job"), lines(story)["check 1"].task.id)
    look(story)
    assert lines(story)["check 1"].state == "kept"
    assert missed(story) == lines(story)["check 1"].tally.seen >= 5
    assert lines(story)["check 1"].task.slots_open > 0


def test_a_doubted_gold_can_be_corrected_in_one_step(runtime: Runtime) -> None:
    story = begin(runtime)
    work(story)
    with runtime.database.unit_of_work(story.owner) as uow:
        job, task = uow.get(Job, story.job_id, "no job"), lines(story)["check 1"].task
        looking.correct(uow, job, task.id, {"animal": "dog"})
    look(story)
    assert lines(story)["check 1"].state == "kept"
    assert missed(story) == 0


def test_a_retired_gold_is_handed_out_no_more_and_what_it_measured_stands(
    runtime: Runtime,
) -> None:
    story = begin(runtime, workers=3)
    work(story)
    before = missed(story)
    assert before == 3
    with runtime.database.unit_of_work(story.owner) as uow:
        looking.retire(uow, uow.get(Job, story.job_id, "no job"), lines(story)["check 1"].task.id)
    look(story)
    assert (missed(story), lines(story)["check 1"].state) == (before, "retired")
    with (
        pytest.raises(Conflict, match="for good"),
        runtime.database.unit_of_work(story.owner) as uow,
    ):
        looking.keep(uow, uow.get(Job, story.job_id, "no job"), lines(story)["check 1"].task.id)


def test_objections_beyond_their_share_pause_a_gold(runtime: Runtime) -> None:
    story = begin(runtime, workers=4)
    work(story)
    assert lines(story)["check 1"].state == "in_use"
    task_id = lines(story)["check 1"].task.id
    for number in (0, 1):
        [mine] = [
            k for k, row in stories.assignments(story, number).items() if row.task_id == task_id
        ]
        with runtime.database.unit_of_work(story.workers[number]) as uow:
            who = make.worker_id(story.workers[number])
            contests.contest(uow, who, mine)
            contests.contest(uow, who, mine)
        chores.drain(runtime)
    line = lines(story)["check 1"]
    assert (line.state, line.tally.contested) == ("paused", 2)
    with runtime.database.unit_of_work(story.owner) as uow:
        looking.withdraw(uow, uow.get(Job, story.job_id, "no job"), task_id)
        states = {row.state for row in uow.session.query(GoldContest)}
    assert states == {"upheld"}


def test_only_an_answer_whose_gold_was_shown_can_be_contested(runtime: Runtime) -> None:
    story = begin(runtime, workers=2, feedback=False)
    work(story)
    rows = stories.assignments(story, 0)
    gold = next(key for key, row in rows.items() if row.gold_version)
    who, other = (make.worker_id(story.workers[number]) for number in (0, 1))
    with runtime.database.unit_of_work(story.workers[0]) as uow:
        with pytest.raises(Refused, match="No known answer was shown"):
            contests.contest(uow, who, gold)
        with pytest.raises(Missing):
            contests.contest(uow, other, gold)


def test_the_supply_says_plainly_when_checks_run_out(runtime: Runtime) -> None:
    story = begin(runtime, workers=3)
    before = shown(story).supply
    assert (before.in_use, before.out_count) == (6, 0)
    work(story, wrong=())
    supply = shown(story).supply
    assert (supply.workers, supply.out_count, supply.tasks_least) == (3, 3, 0)
    assert "3 workers have seen every check already and works" not in supply.sentence
    assert "Import more tasks with a known answer" in supply.sentence


def notices(story: stories.Story) -> list[str]:
    """Return what the owner was told about checks that run out."""
    with story.runtime.database.unit_of_work() as uow:
        own = select(Notice.sentence).where(Notice.user_id == story.owner.user_id)
        return [one for one in uow.session.scalars(own.order_by(Notice.at)) if "run out" in one]


def test_managers_are_told_once_that_checks_run_out_and_again_only_after_more(
    runtime: Runtime,
) -> None:
    gold = GOLD | {"every": 4, "first": 2}
    redundancy = {"answers_min": 3, "answers_max": 3, "is_adaptive": False}
    story = stories.begin(
        runtime, make.some_tasks(80, gold=3), 3, gold=gold, undo_seconds=0, redundancy=redundancy
    )
    stories.answer_all(story, lambda _w, _text: "cat", 6)
    look(story)
    supply = shown(story).supply
    assert supply.runs_out_at is not None and supply.more_needed > 3
    assert "would last everybody to the end" in supply.sentence
    [told] = notices(story)
    assert f"import {supply.more_needed} more tasks" in told
    with runtime.database.unit_of_work() as uow:
        assert not supplying.tell_shortage(uow, story.job_id)
        more = [make.a_task("check 9", gold="cat")]
        make.add_tasks(uow, uow.get(Job, story.job_id, "no job"), more)
        assert supplying.tell_shortage(uow, story.job_id)
        assert not supplying.tell_shortage(uow, story.job_id)


def test_checks_that_last_to_the_end_are_no_shortage(runtime: Runtime) -> None:
    story = stories.begin(
        runtime, make.some_tasks(8, gold=6), 2, gold=GOLD | {"every": 10}, undo_seconds=0
    )
    stories.answer_all(story, lambda _w, _text: "cat", 6)
    look(story)
    assert (shown(story).supply.runs_out_at, shown(story).supply.more_needed) == (None, 0)
    assert notices(story) == []


def test_checks_that_one_answer_passes_are_warned_of(runtime: Runtime) -> None:
    [warning] = shown(begin(runtime, workers=1)).warnings
    assert "Always answering “cat”" in warning and "100%" in warning
