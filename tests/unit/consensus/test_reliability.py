"""Calibration finds and corrects over-confidence, and intervals have their textbook values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from consensus import reliability


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
