"""Fitting: models by doublings and before completion, and what labels make of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
from sqlalchemy import select

from consensus import selection, stopping
from consensus.inference import Model, Prior
from consensus.inference.model import Symmetric
from consensus.questions import Question
from consensus.stopping import SkillEvidence, StoppingSettings
from consensus.stopping.calibration import Calibration
from consensus.terms import Terms
from kernel import chores
from kernel.runtime import Runtime
from marketplace.review.models import LabelModel, LabelVersion
from marketplace.review.settling import fitting, labels, materials
from marketplace.review.settling.beliefs import Crowd
from tests import factories as make
from tests.service.review import stories

THREE = {"answers_min": 3, "answers_max": 3, "is_adaptive": False, "confidence": 0.85}


def models(story: stories.Story) -> list[LabelModel]:
    """Return the models of a job, oldest first."""
    with story.runtime.database.unit_of_work() as uow:
        own = select(LabelModel).where(LabelModel.job_id == story.job_id)
        return list(uow.session.scalars(own.order_by(LabelModel.version)))


def truth(text: str) -> str:
    """Return what a text really shows."""
    return "cat" if int(text.split()[1]) % 2 else "dog"


def crowd(seed: int = 1, guessers: int = 0) -> Callable[[int, str], str]:
    """Return how a crowd answers: mostly right, but for some that always say cat."""
    chance = Random(seed)

    def say(worker: int, text: str) -> str:
        right = truth(text)
        if worker < guessers:
            return "cat"
        return right if chance.random() < 0.9 else {"cat": "dog", "dog": "cat"}[right]

    return say


def test_a_small_job_completes_without_a_model(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(5), redundancy=THREE)
    stories.answer_all(story, crowd())
    stories.settle(story)
    assert models(story) == []
    assert {row.model for row in stories.labels(story).values()} == {"skill"}
    assert stories.job(story).state == "completed"


def test_a_job_completes_by_a_model_that_knows_all_its_answers(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(20), redundancy=THREE)
    stories.answer_all(story, crowd())
    stories.settle(story)
    last = models(story)[-1]
    assert last.answers_count == 60 and last.name == "one_coin"
    assert last.content["pick"]["reason"] == "few_answers"
    assert stories.job(story).state == "completed"
    found = stories.labels(story)
    assert {row.model_version for row in found.values()} >= {last.version}
    assert sum(row.value == truth(text) for text, row in found.items()) >= 19


def test_a_fit_learns_who_answers_without_looking(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(30), workers=3, redundancy=THREE)
    stories.answer_all(story, crowd(guessers=1), count=20)
    stories.answer_all(story, crowd(guessers=1), count=20)
    stories.settle(story)
    content = models(story)[-1].content
    skill = {
        worker: right / answers
        for worker, right, answers in zip(
            content["workers"], content["right"], content["answers"], strict=True
        )
    }
    guesser = str(story.workers[0].worker_id)
    assert skill[guesser] == min(skill.values()) < 0.75


def test_a_change_by_a_fit_is_kept_as_such(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(20), redundancy=THREE)
    stories.answer_all(story, crowd())
    stories.settle(story)
    with runtime.database.unit_of_work() as uow:
        own = LabelVersion.job_id == story.job_id
        causes = set(uow.session.scalars(select(LabelVersion.cause).where(own)))
    assert causes == {"new_answer", "refit"}


def test_fitting_again_changes_nothing(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(20), redundancy=THREE)
    stories.answer_all(story, crowd())
    stories.settle(story)
    before = {text: (row.value, row.version) for text, row in stories.labels(story).items()}
    with runtime.database.unit_of_work() as uow:
        uow.later("review.refit", story.job_id)
    chores.drain(runtime)
    after = {text: (row.value, row.version) for text, row in stories.labels(story).items()}
    assert before == after
    assert stories.job(story).state == "completed"


def test_of_two_fits_at_once_the_first_to_finish_is_kept(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(20), redundancy=THREE)
    stories.answer_all(story, crowd())
    stories.settle(story)
    count = len(models(story))
    database = runtime.database
    material = database.run(lambda uow: materials.read(uow, story.job_id))
    fitted = [one for one in [fitting.fit(material, "animal")] if one]
    assert database.run(lambda uow: fitting.keep(uow, material, fitted))
    assert not database.run(lambda uow: fitting.keep(uow, material, fitted))
    assert len(models(story)) == count + 1


def test_a_task_that_a_fit_makes_doubtful_opens_again_only_so_often(runtime: Runtime) -> None:
    redundancy = stories.ADAPTIVE | {"answers_max": 6, "reopenings_max": 1}
    story = stories.begin(runtime, make.some_tasks(2), redundancy=redundancy)
    for worker in (0, 1):
        stories.answer(story, worker, "cat")
    stories.settle(story)
    assert stories.tasks(story)["text 1"].state == "settled"
    believe_in(story, skill=0.65)
    task = stories.tasks(story)["text 1"]
    assert (task.state, task.slots_open, task.reopenings) == ("open", 1, 1)
    believe_in(story, skill=0.95)
    task = stories.tasks(story)["text 1"]
    assert (task.state, task.slots_open, task.reopenings) == ("settled", 0, 1)
    believe_in(story, skill=0.65)
    task = stories.tasks(story)["text 1"]
    assert (task.state, task.slots_open, task.reopenings) == ("settled", 0, 1)
    assert stories.labels(story)["text 1"].needs_review


def believe_in(story: stories.Story, skill: float) -> None:
    """Fit a model by hand, under which every worker is right so often, and label by it."""
    known = [str(worker.worker_id) for worker in story.workers]
    count = len(models(story))
    accuracy = np.full(len(known), skill)
    model = Model("one_coin", 1, np.array([0.5, 0.5]), Symmetric(accuracy, skill))
    answers = np.full(len(known), 1_000.0)
    no_gold = np.zeros(len(known))
    evidence = SkillEvidence(no_gold, no_gold, answers * skill, answers)
    classes = ("cat", "dog")
    insight = stopping.Insight(Calibration(1.0, 0.0, 1.0, 1.0, 100))
    crowd = Crowd("animal", classes, tuple(known), evidence, insight, model, count + 1)
    pick = selection.Pick(
        selection.Candidate(selection.DEFAULT, Prior.FLAT), selection.Reason.FEW_ANSWERS, 0.0, (), 0
    )
    database = story.runtime.database
    material = database.run(lambda uow: materials.read(uow, story.job_id))
    fitted = [fitting.Fitted(crowd, pick)]
    assert database.run(lambda uow: fitting.keep(uow, material, fitted))
    fitting.relabel(database, story.job_id, labels.REFIT)


def test_a_task_that_no_answer_is_worth_buying_for_stops_and_asks_for_review(
    runtime: Runtime,
) -> None:
    redundancy = stories.ADAPTIVE | {"answers_max": 6}
    story = stories.begin(runtime, make.some_tasks(1), redundancy=redundancy)
    stories.answer(story, 0, "cat")
    stories.answer(story, 1, "dog")
    stories.settle(story)
    assert stories.tasks(story)["text 1"].state == "open"
    believe_in(story, skill=0.5)
    assert stories.tasks(story)["text 1"].state == "settled"
    assert stories.labels(story)["text 1"].needs_review


def test_confidences_are_calibrated_by_gold_drawn_at_random(runtime: Runtime) -> None:
    """Only gold marked as drawn before looking calibrates; what is stored says on how much."""
    story = stories.begin(runtime, make.some_tasks(2), redundancy=stories.ADAPTIVE)
    material = materials.Material(
        story.job_id,
        StoppingSettings(2, 5, 0.9),
        {"animal": ("cat", "dog")},
        {"animal": Question("choice", Terms(classes=("cat", "dog")))},
        {"animal": 1},
        [
            Answer(task, worker, {"animal": "cat"}, {"animal": "cat"}, task % 2 == 0)
            for task in range(60)
            for worker in range(4)
        ],
    )
    fitted = fitting.fit(material, "animal")
    assert fitted is not None
    calibration = fitted.crowd.insight.calibration
    assert calibration.items == 30
    assert calibration.is_calibrated and calibration.floor == 0
    assert fitted.crowd.evidence.gold_answers.tolist() == [60.0] * 4


@dataclass(frozen=True)
class Answer:
    """One row of the material of a fit."""

    task_id: int
    worker_id: int
    given: dict[str, str]
    known: dict[str, str] | None
    is_audited: bool
    reviewed: dict[str, str] | None = None
