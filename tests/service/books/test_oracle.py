"""Whatever people do in whatever order, every balance is what a second opinion says."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.service.books.market import Market
from tests.service.payouts.stories import Books


def run(books: Books, examples: int, steps: int) -> None:
    """Run so many markets of so many commands each."""
    Market.books = books
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Market,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_every_balance_is_what_a_second_opinion_says(books: Books) -> None:
    run(books, examples=6, steps=40)


@pytest.mark.long
def test_every_balance_is_what_a_second_opinion_says_of_many_markets(books: Books) -> None:
    run(books, examples=60, steps=60)
