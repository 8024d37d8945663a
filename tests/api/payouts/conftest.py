"""A web application of money alone, asked by whoever a test says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kernel import runtime as runtimes
from kernel.db import Database
from kernel.runtime import Runtime
from kernel.settings import Settings
from payouts import routes
from payouts.pretend.processor import Pretend
from tests.api import asking as parts
from tests.api.asking import Asking
from tests.service.payouts.stories import Books


@pytest.fixture
def installation(database: Database, settings: Settings, money_alone: None) -> Iterator[Runtime]:
    """An installation in which nobody follows the news."""
    started = runtimes.start(settings, {}, {})
    yield started
    started.database.close()


@pytest.fixture
def books(installation: Runtime) -> Books:
    """The installation's books, empty."""
    database = installation.database
    return Books(database, installation.clock, Pretend(database, "https://here.test"))


@pytest.fixture
def asking(installation: Runtime) -> Asking:
    """Return a maker of clients: `asking(identity).get(…)`."""
    return parts.maker(parts.application(installation, routes.blueprint))
