"""An answer is worth the price at which going on just pays, as trying all ways to stop says."""

import numpy as np
import pytest

from consensus.stopping import foresight

RIGHT = 0.8
STEP = float(np.log(RIGHT / (1 - RIGHT)))


def surplus(gap: float, left: int, price: float) -> float:
    """Gain, less what it costs, of one more answer of two classes and then the best way on."""
    first = 1 / (1 + np.exp(-gap))
    up = first * RIGHT + (1 - first) * (1 - RIGHT)
    return -price + sum(
        chance * (1 / (1 + np.exp(-abs(after))) + best(abs(after), left - 1, price) - first)
        for chance, after in ((up, gap + STEP), (1 - up, gap - STEP))
    )


def best(gap: float, left: int, price: float) -> float:
    return max(surplus(gap, left, price), 0.0) if left else 0.0


@pytest.mark.parametrize("gap", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("left", [1, 2, 5, 8])
def test_an_answer_is_worth_the_highest_price_that_pays(gap: float, left: int) -> None:
    seen = foresight.foresee(np.array([RIGHT]), np.ones(1), 2, 1.0, 8)
    posterior = np.array([[1 / (1 + np.exp(gap)), 1 / (1 + np.exp(-gap))]])
    worth = float(seen.worth(posterior, np.array([left]))[0])
    assert surplus(gap, left, 1.15 * worth + 1e-3) < 0
    assert worth == 0 or surplus(gap, left, 0.85 * worth - 1e-3) > 0


def test_a_lead_of_two_is_worth_asking_on_only_where_two_answers_may_come() -> None:
    seen = foresight.foresee(np.array([RIGHT]), np.ones(1), 2, 1.0, 8)
    lead_of_two = np.array([[1 / (1 + np.exp(2 * STEP)), 1 / (1 + np.exp(-2 * STEP))]])
    one, four = (seen.worth(lead_of_two, np.array([left]))[0] for left in (1, 4))
    assert one == 0 < four


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
