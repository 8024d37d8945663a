"""Money is counted in whole micros of one currency: read, written, added up and charged on."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import EXPONENTS, Money, fee_micros

micros = st.integers(-(10**18) + 1, 10**18 - 1)
currencies = st.sampled_from(sorted(EXPONENTS))
amounts = st.builds(Money, micros, currencies)


@given(amounts)
def test_an_amount_written_is_read_back_the_same(money: Money) -> None:
    assert Money.parse(money.amount, money.currency) == money


@given(amounts)
def test_an_amount_is_written_with_the_decimals_of_its_currency(money: Money) -> None:
    decimals = len(money.amount.partition(".")[2])
    assert EXPONENTS[money.currency] <= decimals <= 6
    assert Fraction(money.amount) == Fraction(money.micros, 1_000_000)


@pytest.mark.parametrize(
    ("counted", "currency", "written"),
    [
        (12_500_000, "USD", "12.50"),
        (0, "EUR", "0.00"),
        (-50_100, "USD", "-0.0501"),
        (1, "USD", "0.000001"),
        (5_000_000, "JPY", "5"),
        (-1, "JPY", "-0.000001"),
    ],
)
def test_amounts_look_as_people_write_them(counted: int, currency: str, written: str) -> None:
    assert Money(counted, currency).amount == written


@pytest.mark.parametrize(
    "text",
    ["", "-", ".", ".5", "1,50", "1.0000001", "1e3", "+1", "--1", " 1", "1 ", "NaN", "١", "1.٥"]
    + ["1.2.3", "0x1", "1_000", "1" * 13],
)
def test_what_is_no_amount_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="Not an amount"):
        Money.parse(text, "USD")


@pytest.mark.parametrize("wrong", [1.0, True, "1", None, Fraction(1)])
def test_money_is_never_measured(wrong: Any) -> None:
    with pytest.raises(TypeError):
        Money(wrong, "USD")
    with pytest.raises(TypeError):
        Money(1, "USD") * wrong


def test_a_currency_we_do_not_keep_is_refused() -> None:
    with pytest.raises(ValueError, match="Unknown currency"):
        Money(1, "XXX")


@given(micros, micros, st.integers(-1000, 1000))
def test_sums_are_exact(first: int, second: int, count: int) -> None:
    one, two = Money(first, "EUR"), Money(second, "EUR")
    assert (one + two).micros == first + second
    assert (one - two).micros == first - second
    assert (one * count).micros == first * count
    assert one + -one == Money(0, "EUR")
    assert (one < two, one <= two, one > two) == (first < second, first <= second, first > second)


@pytest.mark.parametrize("verb", ["__add__", "__sub__", "__lt__", "__gt__", "__le__", "__ge__"])
def test_currencies_do_not_mix(verb: str) -> None:
    with pytest.raises(ValueError, match="Cannot mix"):
        getattr(Money(1, "USD"), verb)(Money(1, "EUR"))


def test_the_same_count_of_two_currencies_is_not_the_same_money() -> None:
    assert Money(1, "USD") != Money(1, "EUR")


@given(amounts)
def test_a_bank_moves_whole_minor_units_and_never_more_than_there_is(money: Money) -> None:
    moved = money.whole_minor
    assert moved.micros % money.minor_step == 0
    assert 0 <= money.micros - moved.micros < money.minor_step


@given(st.integers(0, 10**15), st.integers(0, 10_000))
def test_fees_are_rounded_to_the_nearest_micro(reward: int, basis_points: int) -> None:
    exact = Fraction(reward * basis_points, 10_000)
    fee = fee_micros(reward, basis_points)
    assert abs(fee - exact) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("reward", "basis_points", "fee"),
    [(1, 5_000, 1), (3, 5_000, 2), (1, 4_999, 0), (50_000, 2_000, 10_000), (0, 2_000, 0)],
)
def test_half_a_micro_of_fee_is_rounded_up(reward: int, basis_points: int, fee: int) -> None:
    assert fee_micros(reward, basis_points) == fee


@pytest.mark.parametrize(("reward", "basis_points"), [(-1, 1), (1, -1)])
def test_no_fee_is_taken_on_less_than_nothing(reward: int, basis_points: int) -> None:
    with pytest.raises(ValueError, match="zero or more"):
        fee_micros(reward, basis_points)
