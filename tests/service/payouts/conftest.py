"""Books over an emptied database, a moving clock, and a pretend processor or Stripe."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel import audit, events
from kernel.clock import Clock
from kernel.db import Database
from payouts import chores
from payouts.gateway.company import Stripe
from payouts.pretend import processor
from tests.service.payouts.stories import Books
from tests.stripe.fixtures import Now, far, gateway

__all__ = ["far", "gateway"]
assert chores  # every table the books write to is loaded with them


@pytest.fixture(autouse=True)
def _money_alone(money_alone: None) -> None:
    """These books pay for work that has no rows."""


@pytest.fixture
def books(database_url: str, tmp_path: Path) -> Iterator[Books]:
    """A marketplace's books, empty."""
    clock = Clock(tmp_path / "clock-offset")
    database = Database(database_url, clock, before_commit=(audit.flush, events.flush))
    kept = Books(database, clock, processor.Pretend(database, "https://here.test"))
    kept.empty()
    yield kept
    database.close()


@pytest.fixture
def now(tmp_path: Path) -> Now:
    """The clock of these books, which the processor shares."""
    return Now(Clock(tmp_path / "clock-offset"))


@pytest.fixture
def stripe_books(books: Books, gateway: Stripe) -> Books:
    """A marketplace's books with Stripe for a processor."""
    return dataclasses.replace(books, processor=gateway)
