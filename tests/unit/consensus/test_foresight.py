"""What answers buy is what enumerating every run of answers says."""

from itertools import product

import numpy as np
import pytest

from consensus.stopping import foresight


def enumerated(right: float, gap: float, ahead: int) -> float:
    """Gain in the chance of a right label from `ahead` answers of two classes, by enumeration."""
    first = 1 / (1 + np.exp(-gap))
    total = 0.0
    for run in product([True, False], repeat=ahead):
        if_first = np.prod([right if named else 1 - right for named in run])
        if_second = np.prod([1 - right if named else right for named in run])
        total += max(first * if_first, (1 - first) * if_second)
    return float(total - first)


@pytest.mark.parametrize("gap", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("left", [1, 2, 5])
def test_the_gain_is_that_of_all_runs_of_answers(gap: float, left: int) -> None:
    right = 0.8
    seen = foresight.foresee(np.array([right]), np.ones(1), 2, 1.0, 5)
    posterior = np.array([[1 / (1 + np.exp(-gap)), 1 / (1 + np.exp(gap))]])
    best = max(enumerated(right, gap, ahead) / ahead for ahead in range(1, left + 1))
    assert seen.worth(posterior, np.array([left]))[0] == pytest.approx(best, abs=1e-12)


def test_a_temperature_makes_each_answer_buy_less_where_nothing_is_decided() -> None:
    undecided, left = np.array([[0.5, 0.5]]), np.array([1])
    plain, tempered = (
        foresight.foresee(np.array([0.8]), np.ones(1), 2, temperature, 5).worth(undecided, left)[0]
        for temperature in (1.0, 2.0)
    )
    assert tempered < plain


def test_workers_who_guess_buy_nothing() -> None:
    seen = foresight.foresee(np.full(3, 0.25), np.ones(3), 4, 1.0, 10)
    posterior = np.full((1, 4), 0.25)
    assert seen.worth(posterior, np.array([10]))[0] < 0.01


def test_more_answers_to_come_never_make_one_worth_less() -> None:
    seen = foresight.foresee(np.array([0.7, 0.9]), np.ones(2), 3, 1.3, 12)
    assert (np.diff(seen.table, axis=0) >= 0).all()
    assert (seen.table[0] == 0).all()
