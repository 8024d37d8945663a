"""Calibration finds and corrects over-confidence, and intervals have their textbook values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from consensus import reliability


def overconfident(items: int, temperature: float, seed: int):  # type: ignore[no-untyped-def]
    """Posteriors sharpened by a temperature, and classes drawn from the honest ones."""
    chance = np.random.default_rng(seed)
    honest = chance.dirichlet(np.full(3, 0.6), size=items)
    correct = (honest.cumsum(axis=1) > chance.random(items)[:, None]).argmax(axis=1)
    return reliability.temper(honest, 1 / temperature), correct


def test_the_temperature_of_overconfident_posteriors_is_found() -> None:
    probabilities, correct = overconfident(4_000, temperature=2.0, seed=1)
    found = reliability.fit_temperature(probabilities, correct)
    assert found.value == pytest.approx(2.0, abs=0.15)
    assert found.low < 2.0 < found.high
    assert found.items == 4_000


def test_tempering_lowers_the_calibration_error() -> None:
    probabilities, correct = overconfident(4_000, temperature=2.5, seed=2)
    found = reliability.fit_temperature(probabilities, correct)
    tempered = reliability.temper(probabilities, found.value)

    def error(posteriors) -> float:  # type: ignore[no-untyped-def]
        right = posteriors.argmax(axis=1) == correct
        measured = reliability.expected_calibration_error(posteriors.max(axis=1), right)
        assert measured is not None
        return measured

    assert error(probabilities) > 0.08
    assert error(tempered) < 0.03


def test_few_items_move_the_temperature_little() -> None:
    probabilities, correct = overconfident(5, temperature=4.0, seed=3)
    assert 0.6 < reliability.fit_temperature(probabilities, correct).value < 2.2
    nothing = reliability.fit_temperature(np.zeros((0, 3)), np.zeros(0, dtype=np.int64))
    assert nothing.value == pytest.approx(1.0, abs=1e-3)
    assert nothing.low < 0.6
    assert nothing.high > 1.7


def test_without_items_the_temperature_is_the_platforms() -> None:
    nothing = np.zeros((0, 3)), np.zeros(0, dtype=np.int64)
    assert reliability.fit_temperature(*nothing, start=1.4).value == pytest.approx(1.4, abs=1e-3)


def test_a_temperature_of_one_changes_nothing() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0]])
    assert reliability.temper(probabilities, 1.0) == pytest.approx(probabilities, abs=1e-6)


def test_a_diagram_groups_by_confidence_and_leaves_out_empty_bins() -> None:
    confidences = np.array([0.55, 0.58, 0.92, 0.97, 0.99, 1.0])
    right = np.array([True, False, True, True, True, False])
    low, high = reliability.diagram(confidences, right)
    assert (low.low, low.high, low.count, low.accuracy) == (0.5, 0.6, 2, 0.5)
    assert (high.low, high.high, high.count, high.accuracy) == (0.9, 1.0, 4, 0.75)
    assert high.accuracy_low < 0.75 < high.accuracy_high


def test_the_calibration_error_by_hand() -> None:
    confidences = np.array([0.6, 0.6, 0.9, 0.9])
    right = np.array([True, False, True, True])
    assert reliability.expected_calibration_error(confidences, right) == pytest.approx(0.1)
    nobody = np.zeros(0), np.zeros(0, dtype=bool)
    assert reliability.expected_calibration_error(*nobody) is None


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_equals_the_library(right: int, more: int) -> None:
    theirs = stats.binomtest(right, right + more).proportion_ci(method="wilson")
    assert reliability.wilson(right, right + more) == pytest.approx((theirs.low, theirs.high))


def test_nothing_counted_says_nothing() -> None:
    assert reliability.wilson(0, 0) == (0.0, 1.0)


def test_a_beta_interval_by_hand() -> None:
    assert reliability.beta_interval(1, 1) == pytest.approx((0.025, 0.975))
