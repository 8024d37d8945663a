"""A web application of qualifications and workers alone, asked by whoever a test says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kernel import runtime as runtimes
from kernel.db import Database
from kernel.identity import Identity
from kernel.runtime import Runtime
from kernel.settings import Settings
from kernel.types import new_id
from qualification import routes as qualification_routes
from tests.api import asking as parts
from tests.api.asking import Asking
from workers import routes as worker_routes


@pytest.fixture
def installation(database: Database, settings: Settings) -> Iterator[Runtime]:
    """An installation in which nobody follows the news."""
    started = runtimes.start(settings, {}, {})
    yield started
    started.database.close()


@pytest.fixture
def asking(installation: Runtime) -> Asking:
    """Return a maker of clients: `asking(identity).get(…)`."""
    blueprints = (qualification_routes.blueprint, worker_routes.blueprint)
    return parts.maker(parts.application(installation, *blueprints))


@pytest.fixture
def manager() -> Identity:
    """A manager of one organisation."""
    return Identity(user_id=new_id(), roles={new_id(): "manager"})
