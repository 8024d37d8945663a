"""A replay pays for what it uses, bounds what it buys, and looks at truth only to score."""

import numpy as np
import pytest

from bench.quality import removal, replays, stopping
from bench.quality.crowds import RecordedCrowd
from bench.quality.stopping_rules import Adaptive, DynamicOverlap
from consensus.inference import UNKNOWN
from consensus.matrix import Shape
from tests.unit.consensus import crowds


def a_recording(tasks: int = 200, seed: int = 1) -> RecordedCrowd:
    crowd = crowds.a_crowd(Shape(tasks, 30, 3), 6, seed)
    return RecordedCrowd(
        "made", crowd.votes.shape, crowd.task, crowd.worker, crowd.given, crowd.truth
    )


def gold_of(crowd: RecordedCrowd) -> np.ndarray:  # type: ignore[type-arg]
    return crowd.draw_gold(0.1, np.random.default_rng(2))


@pytest.mark.parametrize("rule", [Adaptive, DynamicOverlap])
def test_every_task_gets_two_answers_and_none_is_bought_twice(rule: type) -> None:
    crowd = a_recording()
    known = gold_of(crowd)
    replay = replays.play(crowd, known, rule(), seed=3)
    assert len(set(replay.bought.tolist())) == len(replay.bought)
    plain = known == UNKNOWN
    assert replay.answers[plain].min() >= 2
    assert (replay.answers[~plain] == 0).all()
    assert replay.reopenings.max() <= replays.REOPENINGS_MAX


def test_gold_counts_as_cost() -> None:
    crowd = a_recording()
    known = gold_of(crowd)
    rule = Adaptive()
    replay = replays.play(crowd, known, rule, seed=3)
    found = replays.outcome(replay, rule)
    plain = int((known[crowd.task] == UNKNOWN).sum())
    assert found.gold > 0
    assert found.saved == pytest.approx(1 - (replay.answers.sum() / plain + found.gold))


def test_truth_that_is_not_gold_never_changes_what_is_bought() -> None:
    crowd = a_recording()
    known = gold_of(crowd)
    hidden = RecordedCrowd(
        "made", crowd.shape, crowd.task, crowd.worker, crowd.given, np.where(known < 0, 0, known)
    )
    first, second = (
        replays.play(each, known, Adaptive(), seed=3).bought.tolist() for each in (crowd, hidden)
    )
    assert first == second


def test_the_calibration_error_has_bins_of_equal_mass() -> None:
    confidences = np.repeat([0.6, 0.9], 50)
    right = np.concatenate([np.arange(50) < 40, np.arange(50) < 45])
    assert stopping.equal_mass_error(np.sort(confidences), right) > 0
    even = np.tile([True, True, True, False, False], 20)
    assert stopping.equal_mass_error(np.full(100, 0.6), even) == pytest.approx(0)


def test_what_a_rival_saves_is_read_off_at_the_same_points() -> None:
    curve = [(60.0, -2.0), (40.0, 0.0), (50.0, -1.0)]
    assert stopping.saved_at(curve, -0.5) == pytest.approx(45)
    assert stopping.saved_at(curve, 3.0) == 40
    assert stopping.saved_at(curve, -9.0) == 60


def test_removal_keeps_its_rate_and_finds_guessers_among_four_classes() -> None:
    found = removal.simulate(0.7, classes=4)
    assert found.false_removals <= removal.RATE
    assert found.guesser_golds <= 12


@pytest.mark.parametrize("minimum", [0.7, 0.9])
def test_guessers_between_two_classes_leave_about_as_soon_as_any_test_could_tell(
    minimum: float,
) -> None:
    found = removal.simulate(minimum, classes=2)
    assert found.guesser_golds <= 1.25 * found.least_golds
