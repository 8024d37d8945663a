"""Calibration finds how far confidences must be tempered, and where answers cannot help."""

import numpy as np
import pytest

from consensus import matrix, reliability, stopping
from consensus.inference import UNKNOWN
from consensus.stopping import SkillEvidence, StoppingSettings, calibration, trials
from consensus.stopping.calibration import Calibration
from consensus.stopping.trials import Items
from tests.unit.consensus import crowds


def drawn(items: int, temperature: float, floor: float, seed: int):  # type: ignore[no-untyped-def]
    """Posteriors too sure by a temperature and a floor, and classes drawn from the honest ones."""
    chance = np.random.default_rng(seed)
    told = chance.dirichlet(np.full(3, 0.4), size=items)
    honest = Calibration(temperature, floor, 1, 1, items).apply(told)
    correct = (honest.cumsum(axis=1) > chance.random(items)[:, None]).argmax(axis=1)
    return told, correct


def test_a_temperature_and_a_floor_are_found() -> None:
    told, correct = drawn(8_000, temperature=2.0, floor=0.1, seed=1)
    found = calibration.learn(told, correct, np.ones(8_000), 8_000)
    assert found.temperature == pytest.approx(2.0, rel=0.2)
    assert found.floor == pytest.approx(0.1, abs=0.035)
    assert found.low <= found.temperature <= found.high
    assert found.is_calibrated and "8000 items" in found.sentence


def test_few_items_stay_near_the_platforms_and_say_so() -> None:
    told, correct = drawn(5, temperature=4.0, floor=0.0, seed=2)
    found = calibration.learn(told, correct, np.ones(5), 5)
    assert 0.7 < found.temperature < 2.5
    assert not found.is_calibrated and found.sentence == "Not calibrated yet."


def test_without_items_the_platforms_holds() -> None:
    assert calibration.PLATFORM.temperature == pytest.approx(
        calibration.PLATFORM_TEMPERATURE, rel=0.03
    )
    assert calibration.PLATFORM.floor == 0


def test_what_is_stored_is_read_again() -> None:
    told, correct = drawn(50, 1.5, 0.05, seed=3)
    found = calibration.learn(told, correct, np.ones(50), 50)
    assert Calibration.from_dict(found.to_dict()) == found


def a_job(accuracy: float, seed: int):  # type: ignore[no-untyped-def]
    """A crowd whose first 300 tasks are gold, and what gold alone says of its workers."""
    crowd = crowds.a_crowd(matrix.Shape(1_500, 40, 3), 8, seed, np.full(40, accuracy))
    known = np.where(np.arange(1_500) < 300, crowd.truth, UNKNOWN)
    golds = crowd.votes.keep(known[crowd.votes.task] != UNKNOWN)
    hits = np.bincount(golds.worker[golds.given == known[golds.task]], minlength=40)
    counts = golds.answers_by_worker.astype(np.float64)
    evidence = SkillEvidence(hits.astype(np.float64), counts, hits.astype(np.float64), counts)
    return crowd, Items(crowd.votes, known, known != UNKNOWN), evidence


def test_an_honest_crowd_needs_no_correction() -> None:
    _, items, evidence = a_job(accuracy=0.75, seed=4)
    found = trials.learn(items, evidence, StoppingSettings(2, 8, 0.95)).calibration
    assert found.items == 300
    assert 0.75 < found.temperature < 1.25
    assert found.floor <= 0.02


def test_confidences_where_tasks_stop_are_honest_after_calibration() -> None:
    """A fifth of the tasks lures everybody to one wrong class; gold shows it, agreement cannot."""
    crowd, items, evidence = a_job(accuracy=0.8, seed=5)
    lured = np.random.default_rng(6).random(1_500) < 0.2
    given = np.where(lured[crowd.task], (crowd.truth[crowd.task] + 1) % 3, crowd.given)
    votes = matrix.build(crowd.task, crowd.worker, given, crowd.votes.shape)
    golds = votes.keep(items.correct[votes.task] != UNKNOWN)
    hits = np.bincount(golds.worker[golds.given == crowd.truth[golds.task]], minlength=40)
    counts = golds.answers_by_worker.astype(np.float64)
    evidence = SkillEvidence(hits.astype(np.float64), counts, hits.astype(np.float64), counts)
    settings = StoppingSettings(2, 8, 0.95)
    insight = trials.learn(Items(votes, items.correct, items.is_gold), evidence, settings)
    assert insight.calibration.floor >= 0.1
    raw = stopping.skill_posterior(votes, evidence.measured(3))
    honest = insight.calibration.apply(raw)
    rest = items.correct == UNKNOWN
    right = raw.argmax(axis=1) == crowd.truth
    before, after = (
        reliability.expected_calibration_error(each.max(axis=1)[rest], right[rest])
        for each in (raw, honest)
    )
    assert before is not None and after is not None
    assert after < 0.06 < before


def test_an_item_never_vouches_for_itself() -> None:
    """Whoever answered only one gold is weighed on it as an unknown worker."""
    votes = matrix.build([0], [0], [1], matrix.Shape(1, 1, 2))
    items = Items(votes, np.array([1]), np.array([True]))
    one = np.ones(1)
    evidence = SkillEvidence(one, one, one, one)
    with_itself = stopping.skill_posterior(votes, evidence.measured(2))[0, 1]
    walks = trials._walk(items, evidence, StoppingSettings(1, 1, 0.9))
    crowd = evidence.measured(2).crowd
    assert walks.posterior[0, 1] == pytest.approx(crowd)
    assert with_itself > crowd
