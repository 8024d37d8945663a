"""Alpha and AC1 agree with hand computation and with an independent library."""

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from consensus import agreement

COUNTS = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(2, 5)),
    elements=st.integers(0, 6).map(float),
)


def test_alpha_of_a_worked_example() -> None:
    """Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", part C: 0.743."""
    counts = np.zeros((11, 5))
    ratings = ["111", "2222", "3333", "3333", "2223", "1234", "4444", "1121", "2222", "555", "11"]
    for row, given_classes in enumerate(ratings):
        for name in given_classes:
            counts[row, int(name) - 1] += 1
    assert agreement.alpha(counts) == pytest.approx(0.743, abs=5e-4)


def test_alpha_and_ac1_by_hand_for_two_workers() -> None:
    """Ten tasks: 6 agree on a, 2 agree on b, 2 differ."""
    counts = np.array([[2, 0]] * 6 + [[0, 2]] * 2 + [[1, 1]] * 2, dtype=float)
    # 20 answers, 14 a and 6 b; observed 2·2/20 = 0.2; expected (400 − 196 − 36)/(20·19)
    assert agreement.alpha(counts) == pytest.approx(1 - 0.2 / (168 / 380))
    # agreed 0.8; shares 0.7 and 0.3, chance 2·0.7·0.3 = 0.42
    assert agreement.ac1(counts) == pytest.approx((0.8 - 0.42) / (1 - 0.42))


def test_ac1_stays_high_where_one_class_dominates_and_alpha_does_not() -> None:
    counts = np.array([[2, 0]] * 95 + [[1, 1]] * 5, dtype=float)
    alpha, ac1 = agreement.alpha(counts), agreement.ac1(counts)
    assert alpha is not None
    assert ac1 is not None
    assert alpha < 0.05
    assert ac1 > 0.9


def test_perfect_agreement_is_one() -> None:
    counts = np.array([[3, 0], [0, 3]], dtype=float)
    assert agreement.alpha(counts) == 1.0
    assert agreement.ac1(counts) == 1.0


def test_agreement_is_undefined_without_two_answers_to_a_task() -> None:
    counts = np.array([[1, 0], [0, 1], [0, 0]], dtype=float)
    assert agreement.alpha(counts) is None
    assert agreement.ac1(counts) is None


def test_alpha_is_undefined_if_only_one_class_was_ever_given_and_ac1_is_one() -> None:
    counts = np.array([[2, 0], [3, 0]], dtype=float)
    assert agreement.alpha(counts) is None
    assert agreement.ac1(counts) == 1.0


@given(COUNTS)
def test_alpha_equals_the_library(counts) -> None:  # type: ignore[no-untyped-def]
    ours = agreement.alpha(counts)
    assume(ours is not None)
    theirs = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    assert ours == pytest.approx(theirs, abs=1e-9)


@given(COUNTS, st.randoms())
def test_names_of_classes_and_order_of_tasks_do_not_matter(counts, random) -> None:  # type: ignore[no-untyped-def]
    moved = counts[:, random.sample(range(counts.shape[1]), counts.shape[1])]
    moved = moved[random.sample(range(len(moved)), len(moved))]
    for measure in (agreement.alpha, agreement.ac1):
        one, other = measure(counts), measure(moved)
        assert one == (other if other is None else pytest.approx(other, abs=1e-9))
