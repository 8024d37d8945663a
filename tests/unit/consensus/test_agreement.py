"""Alpha and AC1 agree with hand computation and with an independent library."""

import jiwer
import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics

from consensus import agreement, gathering
from consensus.agreement.valued import Level

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


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), min_size=1, max_size=30))
def test_alpha_of_values_equals_the_library(answers: list[tuple[int, int]]) -> None:
    task, value = np.array(answers).T
    counts = np.zeros((5, 5))
    np.add.at(counts, (task, value - 1), 1)
    levels: tuple[Level, Level] = ("ordinal", "interval")
    for level in levels:
        ours = agreement.valued_alpha(task, value.astype(float), level)
        if ours is None:
            continue
        theirs = krippendorff.alpha(
            value_counts=counts, value_domain=[1, 2, 3, 4, 5], level_of_measurement=level
        )
        assert ours == pytest.approx(theirs, abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30))
def test_cohen_kappa_equals_the_library(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs).T
    ours = agreement.cohen_kappa(first, second, 4)
    assume(ours is not None)
    assert ours == pytest.approx(metrics.cohen_kappa_score(first, second), abs=1e-9)


def test_fleiss_kappa_of_his_worked_example() -> None:
    """Fourteen raters, ten tasks, five classes (Fleiss 1971): 0.210."""
    counts = np.array(
        [
            [0, 0, 0, 0, 14],
            [0, 2, 6, 4, 2],
            [0, 0, 3, 5, 6],
            [0, 3, 9, 2, 0],
            [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0],
            [3, 2, 6, 3, 0],
            [2, 5, 3, 2, 2],
            [6, 5, 2, 1, 0],
            [0, 2, 2, 3, 7],
        ],
        dtype=float,
    )
    assert agreement.fleiss_kappa(counts) == pytest.approx(0.210, abs=5e-4)


def test_icc_of_a_worked_example() -> None:
    """Four judges, six targets (Shrout & Fleiss 1979, table 2): ICC(1) is 0.17."""
    table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    task = np.repeat(np.arange(6), 4)
    assert agreement.icc(task, np.ravel(table).astype(float)) == pytest.approx(0.166, abs=5e-4)


TEXTS = st.lists(st.sampled_from(["a", "b", "it's", "two"]), min_size=1, max_size=12)


@given(TEXTS, TEXTS)
def test_error_rates_equal_the_library(reference: list[str], told: list[str]) -> None:
    right, said = " ".join(reference), " ".join(told)
    assert agreement.word_error_rate(right, said) == pytest.approx(jiwer.wer(right, said))
    assert agreement.character_error_rate(right, said) == pytest.approx(jiwer.cer(right, said))


def test_case_and_marks_are_no_errors() -> None:
    assert agreement.word_error_rate("It’s late.", "it's LATE") == 0


def test_matching_counts_hits_misses_and_extras() -> None:
    alike = np.array([[0.9, 0.6, 0.0], [0.7, 0.0, 0.1]])
    # Greedy matching would take 0.9 and leave the second region without a partner.
    assert agreement.matched_f1(alike, 0.5) == (2, 0, 1)
    assert agreement.matched_f1(np.zeros((0, 2)), 0.5) == (0, 0, 2)


def test_worker_pairs_are_compared_over_the_tasks_they_share() -> None:
    rows = [("t1", "b", 1), ("t1", "a", 1), ("t2", "a", 1), ("t2", "b", 2), ("t3", "c", 1)]
    pairs = agreement.worker_pairs(gathering.gather(rows), lambda one, other: float(one == other))
    assert pairs == {("a", "b"): (0.5, 2)}
