"""Skills are shrunk to the crowd and carry honest intervals."""

import numpy as np
import pytest

from consensus import skills


def test_a_worker_without_answers_has_the_crowds_skill_and_a_wide_interval() -> None:
    measured = skills.measure(np.array([0.0, 90.0]), np.array([0, 100]), classes=2)
    newcomer, old_hand = measured.of(0), measured.of(1)
    assert newcomer.accuracy == pytest.approx(measured.crowd)
    assert newcomer.answers == 0
    assert newcomer.high - newcomer.low > 2 * (old_hand.high - old_hand.low)


def test_few_answers_move_a_skill_little_and_many_move_it_far() -> None:
    right, answers = np.array([0.0, 0.0, 800.0]), np.array([1, 100, 1000])
    measured = skills.measure(right, answers, classes=4)
    assert measured.accuracy[0] > 0.5
    assert measured.accuracy[1] < 0.05


def test_the_interval_holds_the_true_accuracy_about_as_often_as_it_says() -> None:
    chance = np.random.default_rng(3)
    accuracy = chance.beta(8, 3, size=4000)
    right = chance.binomial(40, accuracy).astype(float)
    measured = skills.measure(right, np.full(4000, 40), classes=5)
    inside = (measured.low <= accuracy) & (accuracy <= measured.high)
    assert 0.93 < inside.mean() < 0.98


def test_a_crowd_without_any_evidence_stands_midway_between_guessing_and_perfect() -> None:
    assert skills.measure(np.zeros(3), np.zeros(3), classes=4).crowd == pytest.approx(0.625)
