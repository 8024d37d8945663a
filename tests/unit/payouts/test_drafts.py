"""A draft that does not balance is refused before it reaches the database."""

from __future__ import annotations

from uuid import UUID

import pytest

from kernel.money import Money
from payouts import accounts, ledger
from payouts.ledger import Draft, Leg

JOB = UUID(int=1)
BUDGET = accounts.job("job_budget", JOB, "USD")
RESERVED = accounts.job("job_reserved", JOB, "USD")
EUROS = accounts.job("job_reserved", JOB, "EUR")


def test_a_balanced_draft_stands() -> None:
    draft = Draft("reserve", "1", ledger.move(BUDGET, RESERVED, Money(5, "USD")))
    assert list(draft.legs) == [(BUDGET, 5), (RESERVED, -5)]
    assert draft.currency == "USD"


@pytest.mark.parametrize(
    "legs",
    [
        [],
        [(BUDGET, 5)],
        [(BUDGET, 5), (RESERVED, -4)],
        [(BUDGET, 0), (RESERVED, 0)],
        [(BUDGET, 5), (EUROS, -5)],
        [(BUDGET, True), (RESERVED, -1)],
        [(BUDGET, 0.5), (RESERVED, -0.5)],
    ],
    ids=["empty", "single", "unbalanced", "zero", "mixed", "truth", "float"],
)
def test_a_draft_that_cannot_be_booked_is_refused(legs: list[Leg]) -> None:
    with pytest.raises(ValueError):
        Draft("reserve", "1", legs)


def test_a_draft_without_a_reference_is_refused() -> None:
    with pytest.raises(ValueError):
        Draft("reserve", "", ledger.move(BUDGET, RESERVED, Money(5, "USD")))
