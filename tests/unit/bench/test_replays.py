"""A replay pays for what it uses, bounds what it buys, and looks at truth only to score."""

import numpy as np
import pytest

from bench.quality import replays, stopping
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
    assert len(set(replay.bought)) == len(replay.bought)
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
        replays.play(each, known, Adaptive(), seed=3).bought for each in (crowd, hidden)
    )
    assert first == second


def test_the_calibration_error_has_bins_of_equal_mass() -> None:
    confidences = np.repeat([0.6, 0.9], 50)
    right = np.concatenate([np.arange(50) < 40, np.arange(50) < 45])
    assert stopping.equal_mass_error(np.sort(confidences), right) > 0
    even = np.tile([True, True, True, False, False], 20)
    assert stopping.equal_mass_error(np.full(100, 0.6), even) == pytest.approx(0)


def test_removal_keeps_its_rate_and_finds_guessers() -> None:
    found = stopping.removal()
    assert found.false_removals <= found.rate
    assert found.guesser_median_golds <= 12
