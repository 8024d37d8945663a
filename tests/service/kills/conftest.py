"""A marketplace over emptied tables and a pretend Stripe, whose processes die as a test plans."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from kernel.settings import Settings
from payouts.gateway import Door
from payouts.gateway.company import Stripe
from tests.service.kills.here import Here
from tests.service.payouts.conftest import _money_alone, books, now, stripe_books
from tests.service.payouts.stories import Books
from tests.stripe import server
from tests.stripe.deliveries import SECRETS
from tests.stripe.fixtures import far, gateway

__all__ = ["_money_alone", "books", "far", "gateway", "now", "stripe_books"]

COUNTED = "counted"
Counted = Callable[[str], None]
Make = Callable[[Iterable[int]], Here]


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Counted:
    """Have something counted printed at the end of the run."""
    return lambda what: record_property(COUNTED, what)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was counted, test by test."""
    for report in terminalreporter.getreports("passed"):
        for name, what in report.user_properties:
            if name == COUNTED and report.when == "call":
                terminalreporter.line(f"{report.nodeid.partition('::')[2]}: {what}")


@pytest.fixture
def a_marketplace(
    stripe_books: Books, gateway: Stripe, far: server.Stripe, settings: Settings, tmp_path: Path
) -> Make:
    """Return a maker of the marketplace: `a_marketplace(gaps between deaths)`."""
    shared = dataclasses.replace(
        settings,
        local_folder=tmp_path,
        stripe_key=server.SECRET_KEY,
        stripe_url=far.url,
        stripe_webhook_secret=SECRETS[Door.PLATFORM],
        stripe_connected_webhook_secret=SECRETS[Door.CONNECTED],
    )

    def make(gaps: Iterable[int]) -> Here:
        return Here(stripe_books, far, shared, tmp_path / "told", iter(gaps))

    return make
