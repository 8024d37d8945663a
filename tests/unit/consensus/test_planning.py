"""Forecasts hold what comes in about as many jobs as they say."""

import numpy as np
import pytest

from consensus import matrix, skills, stopping
from consensus.arrays import FloatArray
from consensus.stopping import StoppingSettings, calibration, planning
from consensus.stopping.calibration import Calibration
from tests.unit.consensus import crowds

HONEST = stopping.Insight(Calibration(1.0, 0.0, 0.9, 1.1, 100))
TARGETS = [StoppingSettings(2, 7, target, gain_min=0.0) for target in (0.8, 0.9, 0.97)]
TASKS = 400


def measured(accuracy: FloatArray) -> skills.Skills:
    """Skills as fifty golds a worker would show them."""
    return skills.measure(50 * accuracy, np.full(len(accuracy), 50.0), classes=3)


def a_pilot(crowd: crowds.Crowd, asked: int) -> planning.Pilot:
    votes = crowd.votes.first(asked)
    limits = np.full(votes.shape.tasks, 7)
    return planning.Pilot(votes, limits, measured(crowd.accuracy), HONEST)


def a_crowd(tasks: int, seed: int) -> crowds.Crowd:
    accuracy = np.random.default_rng(7).beta(6, 2.5, size=40)
    return crowds.a_crowd(matrix.Shape(tasks, 40, 3), 7, seed, accuracy)


def outcome(crowd: crowds.Crowd, target: StoppingSettings) -> tuple[float, float]:
    """Stop every task as the rule would: all answers, and the share of right labels."""
    used = np.full(TASKS, 7)
    known = measured(crowd.accuracy)
    for answers in range(7, 0, -1):
        seen = stopping.skill_posterior(crowd.votes.first(answers), known)
        used[stopping.stopped(seen, np.full(TASKS, answers), target, HONEST)] = answers
    kept = crowd.votes.keep(crowd.votes.place < used[crowd.votes.task])
    labels = stopping.skill_posterior(kept, known).argmax(axis=1)
    return float(used.sum()), float((labels == crowd.truth).mean())


@pytest.mark.parametrize("asked", [7, 2])
def test_most_jobs_fall_within_their_intervals(asked: int) -> None:
    """From a pilot with all answers, and from one that asked for two and must imagine the rest."""
    held = []
    for seed in range(12):
        pilot = a_pilot(a_crowd(120, seed), asked)
        plan = planning.Plan(TASKS, answer_micros=60_000, seed=seed)
        later = a_crowd(TASKS, 100 + seed)
        for one in planning.forecast(pilot, plan, TARGETS):
            answers, right = outcome(later, one.target)
            held.append(
                (
                    one.answers.low <= answers <= one.answers.high,
                    one.accuracy.low <= right <= one.accuracy.high,
                )
            )
    answers_held, accuracy_held = np.mean(held, axis=0)
    assert answers_held >= 0.7
    assert accuracy_held >= 0.7


def test_a_higher_target_takes_more_answers_and_is_right_more_often() -> None:
    plan = planning.Plan(TASKS, 60_000)
    low, middle, high = planning.forecast(a_pilot(a_crowd(300, 1), 7), plan, TARGETS)
    assert low.answers.middle < middle.answers.middle < high.answers.middle
    assert low.accuracy.middle < middle.accuracy.middle < high.accuracy.middle


def test_gold_is_counted_and_paid() -> None:
    pilot = a_pilot(a_crowd(100, 2), 7)
    plan = planning.Plan(TASKS, 60_000)
    (plain,) = planning.forecast(pilot, plan, TARGETS[:1])
    checked = planning.Pilot(pilot.votes, pilot.limits, pilot.skills, HONEST, gold_share=0.1)
    (golden,) = planning.forecast(checked, plan, TARGETS[:1])
    assert golden.answers.middle == pytest.approx(1.1 * plain.answers.middle)
    assert golden.cost_micros.middle == pytest.approx(60_000 * golden.answers.middle)


def test_a_job_that_is_not_calibrated_promises_less_precisely() -> None:
    pilot = a_pilot(a_crowd(300, 3), 7)
    plan = planning.Plan(TASKS, 60_000)
    unsure = stopping.Insight(calibration.PLATFORM)
    (sure,) = planning.forecast(pilot, plan, TARGETS[:1])
    doubtful = planning.Pilot(pilot.votes, pilot.limits, pilot.skills, unsure)
    (wide,) = planning.forecast(doubtful, plan, TARGETS[:1])
    assert wide.accuracy.high - wide.accuracy.low > sure.accuracy.high - sure.accuracy.low


def test_equal_pilots_and_seeds_give_equal_forecasts() -> None:
    pilot, plan = a_pilot(a_crowd(50, 4), 3), planning.Plan(TASKS, 60_000, seed=9)
    assert planning.forecast(pilot, plan, TARGETS) == planning.forecast(pilot, plan, TARGETS)
