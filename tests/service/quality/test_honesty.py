"""Confidence is held against what is known: random items calibrate, hand-picked ones do not."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import update

from kernel.runtime import Runtime
from marketplace.jobs.models import Job, Task
from marketplace.quality import second_looks
from marketplace.quality.board import honesty
from marketplace.quality.board.honesty import Honesty
from tests import factories as make
from tests.service.review import stories

GOLD = {"every": 2, "first": 12, "minimum": "0.3", "error_rate": "0.0001"}
ADAPTIVE = {"answers_min": 2, "answers_max": 5, "is_adaptive": True, "confidence": 0.95}


def begin(runtime: Runtime, drawn: int) -> stories.Story:
    """Let five people answer 30 tasks and 24 golds, the first `drawn` of which are random."""
    tasks = make.some_tasks(30, gold=24)
    story = stories.begin(runtime, tasks, 5, gold=GOLD, redundancy=ADAPTIVE)
    with runtime.database.unit_of_work() as uow:
        gold = (Task.job_id == story.job_id, Task.lane == 2, Task.position <= 30 + drawn)
        uow.session.execute(update(Task).where(*gold).values(is_audited=True))
    chance = Random(3)
    for _round in range(3):
        stories.answer_all(story, lambda _w, _t: "cat" if chance.random() < 0.75 else "dog", 20)
        stories.settle(story)
    return story


def known(story: stories.Story) -> Honesty:
    """Return how confidence fares."""
    with story.runtime.database.unit_of_work() as uow:
        return honesty.honesty(uow, uow.get(Job, story.job_id, "no job"), "animal")


def test_random_gold_is_compared_as_calibrated_and_as_it_was_before(runtime: Runtime) -> None:
    found = known(begin(runtime, drawn=24))
    assert found.golds == found.items >= 20 and found.audits == found.picked.seen == 0
    assert found.is_enough and "Calibration from" in found.sentence
    for bins in (found.bins, found.uncalibrated):
        assert sum(bin.count for bin in bins) == found.items
        assert all(bin.accuracy_low <= bin.accuracy <= bin.accuracy_high for bin in bins)
    before = sum(bin.confidence * bin.count for bin in found.uncalibrated)
    assert sum(bin.confidence * bin.count for bin in found.bins) != pytest.approx(before)
    right = [
        sum(bin.accuracy * bin.count for bin in bins) for bins in (found.bins, found.uncalibrated)
    ]
    assert right[0] == pytest.approx(right[1])


def test_hand_picked_gold_is_told_apart_and_calibrates_nothing(runtime: Runtime) -> None:
    found = known(begin(runtime, drawn=0))
    assert (found.items, found.bins, found.error) == (0, (), None)
    assert found.picked.seen >= 20 and found.picked_confidence is not None
    assert found.sentence == "Not calibrated yet."


def test_enough_audits_ask_for_a_fit_that_calibrates_by_them(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(30), 3)
    stories.answer_all(story, lambda _w, _t: "cat", 20)
    stories.answer_all(story, lambda _w, _t: "cat", 20)
    stories.settle(story)
    with runtime.database.unit_of_work() as uow:
        uow.session.execute(
            update(Task).where(Task.job_id == story.job_id).values(is_audited=Task.position <= 20)
        )
    for task in stories.tasks(story).values():
        if task.position <= 20:
            with runtime.database.unit_of_work(story.owner) as uow:
                job = uow.get(Job, story.job_id, "no job")
                second_looks.judge(uow, job, task.id, "audit", {"animal": "cat"})
    assert known(story).sentence == "Not calibrated yet."
    stories.settle(story)
    assert "Calibration from 20 items" in known(story).sentence
    assert (known(story).golds, known(story).audits) == (0, 20)


def test_a_question_without_classes_has_nothing_to_compare(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(2), 1)
    with runtime.database.unit_of_work() as uow:
        job = uow.get(Job, story.job_id, "no job")
        assert honesty.honesty(uow, job, "plant") == honesty.NOTHING_KNOWN
