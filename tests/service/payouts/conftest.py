"""Books over an emptied database, a moving clock, and a pretend processor or Stripe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from kernel import audit, events
from kernel.clock import Clock
from kernel.db import Base, Database
from payouts import chores, invariants
from payouts.gateway.company import Access, Stripe
from payouts.pretend import processor
from tests.service.payouts.stories import Books
from tests.stripe import server
from tests.stripe.company import Company
from tests.stripe.deliveries import SECRETS

OF_WORK = (
    "approved_means_paid",
    "labels_rest_on_answers",
    "reserves_match_slots",
    "slots_match_assignments",
)
assert chores  # every table the books write to is loaded with them


@pytest.fixture(autouse=True)
def _ledger_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """These books pay for work that has no rows: what ties work to money is not asked here."""
    for name in OF_WORK:
        monkeypatch.delitem(invariants.REGISTRY, name, raising=False)


class Now:
    """A clock that tells the moment when called, and can be moved."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def __call__(self) -> datetime:
        return self.clock.now()

    def advance(self, by: timedelta) -> None:
        self.clock.advance(by)


@pytest.fixture
def books(database_url: str, tmp_path: Path) -> Iterator[Books]:
    """A marketplace's books, empty."""
    clock = Clock(tmp_path / "clock-offset")
    database = Database(database_url, clock, before_commit=(audit.flush, events.flush))
    names = ", ".join(f'"{table}"' for table in Base.metadata.tables)
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    yield Books(database, clock, processor.Pretend(database, "https://here.test"))
    database.close()


@pytest.fixture
def far(tmp_path: Path) -> Iterator[server.Stripe]:
    """A pretend Stripe behind an address, which the real SDK talks to and its spec watches."""
    served = server.Stripe(Company(Now(Clock(tmp_path / "clock-offset"))))
    served.start()
    yield served
    served.stop()
    assert served.company.breaches == []
    assert served.company.book.total() == 0


@pytest.fixture
def gateway(far: server.Stripe) -> Stripe:
    """Our gateway on that line; it waits a second for an answer."""
    return Stripe(Access(server.SECRET_KEY, far.url, SECRETS, "https://here.test", read_seconds=1))
