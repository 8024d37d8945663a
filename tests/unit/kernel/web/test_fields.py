"""Fields refuse what the database cannot hold and what money must not be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from kernel.money import EXPONENTS, Money
from kernel.web.fields import In, MoneyIn, MoneyOut, PageIn, Text

amounts = st.builds(Money, st.integers(-(10**15), 10**15), st.sampled_from(sorted(EXPONENTS)))


class NoteIn(In):
    """Receive a note."""

    text = Text(most=5)


@given(amounts)
def test_money_shown_is_money_received(money: Money) -> None:
    shown = MoneyOut().serialize("price", {"price": money})
    assert MoneyIn().deserialize(shown) == money
    assert len(shown["amount"].partition(".")[2]) >= 4


@pytest.mark.parametrize(
    "wrong",
    [
        5,
        "5.00",
        [],
        {"amount": "1"},
        {"amount": 1.5, "currency": "USD"},
        {"amount": 1, "currency": "USD"},
        {"amount": "1", "currency": "XXX"},
        {"amount": "1", "currency": []},
        {"amount": "1", "currency": None},
        {"amount": "0.0000001", "currency": "USD"},
        {"amount": "1", "currency": "USD", "more": 1},
    ],
)
def test_what_is_no_money_is_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        MoneyIn().deserialize(wrong)


def test_text_is_trimmed() -> None:
    assert NoteIn().load({"text": "  cat  "}) == {"text": "cat"}


@pytest.mark.parametrize("wrong", ["", "   ", "longer", "a\x00b", "a\ud800b", 7, None, ["a"]])
def test_text_that_cannot_be_kept_is_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        NoteIn().load({"text": wrong})
    assert refusal.value.messages_dict.keys() == {"text"}


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValidationError, match="Unknown"):
        NoteIn().load({"text": "cat", "is_admin": True})


@pytest.mark.parametrize("limit", [0, 201, -1, "many"])
def test_a_page_has_a_bounded_length(limit: Any) -> None:
    assert PageIn().load({}) == {"cursor": None, "limit": 50}
    with pytest.raises(ValidationError):
        PageIn().load({"limit": limit})
