"""A task stops when it is sure or full, and never before it has the answers it must have."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus import errors, inference, matrix, skills, stopping
from consensus.stopping import Insight, SkillEvidence, StoppingSettings, foresight
from consensus.stopping.calibration import Calibration
from tests.unit.consensus import crowds

SURE, UNSURE = np.array([0.01, 0.98, 0.01]), np.array([0.3, 0.5, 0.2])
SETTINGS = StoppingSettings(answers_min=2, answers_max=5, confidence=0.95)


def stops(posterior: Any, answers: int, settings: StoppingSettings, **more: Any) -> bool:
    """Decide about one task."""
    return bool(stopping.stopped(posterior[None], np.array([answers]), settings, **more)[0])


def test_a_sure_task_stops() -> None:
    assert stops(SURE, 2, SETTINGS)


def test_an_unsure_task_asks_for_one_more() -> None:
    assert not stops(UNSURE, 3, SETTINGS)


def test_a_sure_task_below_the_least_answers_goes_on() -> None:
    assert not stops(SURE, 1, SETTINGS)


def test_one_answer_suffices_only_where_the_requester_asked_for_one() -> None:
    settings = StoppingSettings(answers_min=1, answers_max=5, confidence=0.95)
    assert stops(SURE, 1, settings)
    assert not stops(SURE, 0, settings)


def test_an_unsure_task_with_all_its_answers_stops() -> None:
    assert stops(UNSURE, 5, SETTINGS)


def test_a_temperature_makes_a_sure_task_ask_again() -> None:
    milder = Insight(Calibration(2.0, 0.0, 1.5, 2.5, 100))
    assert not stops(SURE, 2, SETTINGS, insight=milder)


def test_a_floor_keeps_any_task_from_being_surer_than_the_job_allows() -> None:
    certain = np.array([0.0, 1.0, 0.0])
    assert not stops(certain, 3, SETTINGS, insight=Insight(Calibration(1.0, 0.1, 1, 1, 100)))


@pytest.mark.parametrize(
    ("answers_min", "answers_max", "confidence", "gain_min"),
    [(0, 3, 0.9, 0), (4, 3, 0.9, 0), (2, 3, 0.0, 0), (2, 3, 1.1, 0), (2, 3, 0.9, -0.1)],
)
def test_settings_nobody_could_obey_are_refused(
    answers_min: int, answers_max: int, confidence: float, gain_min: float
) -> None:
    with pytest.raises(errors.ConsensusError):
        StoppingSettings(answers_min, answers_max, confidence, gain_min)


@given(st.integers(0, 8), st.integers(1, 4), st.integers(0, 4), st.integers(0, 10_000))
def test_deciding_about_many_tasks_equals_deciding_about_each(
    answers: int, answers_min: int, more: int, seed: int
) -> None:
    settings = StoppingSettings(answers_min, answers_min + more, 0.8)
    probabilities = np.random.default_rng(seed).dirichlet(np.full(3, 0.5), size=6)
    together = stopping.stopped(probabilities, np.full(6, answers), settings)
    assert together.tolist() == [stops(row, answers, settings) for row in probabilities]


def test_a_task_that_answers_cannot_turn_stops_unsure() -> None:
    """With one answer left, nobody can turn a lead of two; with ten left, they may."""
    crowd = np.full(20, 0.7), np.full(20, 50.0)
    ahead = foresight.foresee(*crowd, 2, 1.0, 12)
    insight = Insight(Calibration(1.0, 0.0, 1.0, 1.0, 100), ahead)
    lead_of_two = np.array([0.155, 0.845])
    settings = StoppingSettings(answers_min=2, answers_max=12, confidence=0.99)
    few, many = np.array([1]), np.array([10])
    assert stops(lead_of_two, 2, settings, insight=insight, left=few)
    assert not stops(lead_of_two, 2, settings, insight=insight, left=many)


def test_nobody_gives_up_on_a_task_before_the_job_is_calibrated() -> None:
    guessers = foresight.foresee(np.full(20, 0.5), np.full(20, 50.0), 2, 1.0, 12)
    settings = StoppingSettings(answers_min=2, answers_max=12, confidence=0.99)
    for items, gives_up in ((0, False), (100, True)):
        insight = Insight(Calibration(1.0, 0.0, 1.0, 1.0, items), guessers)
        assert stops(np.array([0.5, 0.5]), 2, settings, insight=insight) == gives_up


def test_gold_speaks_louder_than_what_a_fit_believes() -> None:
    believed = SkillEvidence(np.zeros(2), np.zeros(2), np.array([9.0, 1.0]), np.array([10.0, 10.0]))
    judged = SkillEvidence(
        np.array([0.0, 10.0]), np.array([10.0, 10.0]), believed.fit_right, believed.fit_answers
    )
    first, second = believed.measured(2).accuracy
    assert first > second
    first, second = judged.measured(2).accuracy
    assert first < 0.5 < second


def test_the_skill_posterior_is_bayes_rule() -> None:
    measured = skills.measure(np.array([80.0, 60.0]), np.array([100, 100]), classes=3)
    votes = matrix.build([0, 0], [0, 1], [0, 2], matrix.Shape(2, 2, 3))
    first, second = measured.accuracy
    prior = np.array([0.5, 0.3, 0.2])
    weights = prior * [
        first * (1 - second) / 2,
        (1 - first) / 2 * (1 - second) / 2,
        (1 - first) / 2 * second,
    ]
    found = stopping.skill_posterior(votes, measured, prior)
    assert found[0] == pytest.approx(weights / weights.sum())
    assert found[1] == pytest.approx(prior)


def test_no_worker_alone_is_believed_beyond_the_cap_nor_below_guessing() -> None:
    measured = skills.measure(np.array([9_999.0, 0.0]), np.array([9_999, 9_999]), classes=4)
    votes = matrix.build([0, 1], [0, 1], [2, 2], matrix.Shape(2, 2, 4))
    found = stopping.skill_posterior(votes, measured)
    assert found[0, 2] == pytest.approx(stopping.SKILL_MAX)
    assert found[1] == pytest.approx(np.full(4, 0.25))


def test_an_unknown_worker_counts_as_one_of_the_crowd() -> None:
    measured = skills.measure(np.array([70.0]), np.array([100]), classes=2)
    votes = matrix.build([0], [3], [1], matrix.Shape(1, 4, 2))
    assert stopping.skill_posterior(votes, measured)[0, 1] == pytest.approx(measured.crowd)


@given(crowds.tables())
def test_skill_posteriors_sum_to_one(table: Any) -> None:
    rows, shape = table
    votes = crowds.built(rows, shape)
    measured = skills.measure(np.zeros(shape.workers), votes.answers_by_worker, shape.classes)
    found = stopping.skill_posterior(votes, measured)
    assert found.sum(axis=1) == pytest.approx(np.ones(shape.tasks))


def test_adaptive_stopping_saves_answers_and_keeps_the_accuracy() -> None:
    """Replay a crowd whose skills are known from 20 golds each, one answer after the other."""
    crowd = crowds.a_crowd(matrix.Shape(3_000, 50, 4), answers=7, seed=20)
    chance = np.random.default_rng(21)
    right = chance.binomial(20, crowd.accuracy).astype(float)
    measured = skills.measure(right, np.full(50, 20), classes=4)
    settings = StoppingSettings(answers_min=2, answers_max=7, confidence=0.95)
    used = np.full(3_000, 7)
    for answers in range(7, 0, -1):
        seen = stopping.skill_posterior(crowd.votes.first(answers), measured)
        used[stopping.stopped(seen, np.full(3_000, answers), settings)] = answers
    kept = crowd.votes.keep(crowd.votes.place < used[crowd.votes.task])
    stopped_early = inference.fit("hierarchical", kept).labels == crowd.truth
    full = inference.fit("hierarchical", crowd.votes).labels == crowd.truth
    assert used.min() == 2
    assert used.mean() < 7 * 0.55
    assert stopped_early.mean() > full.mean() - 0.025
