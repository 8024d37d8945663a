"""A web application of jobs alone, asked by whoever a test says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from kernel import runtime as runtimes
from kernel.db import Database
from kernel.runtime import Runtime
from kernel.settings import Settings
from marketplace.jobs import routes
from tests.api import asking as parts
from tests.api.asking import Asking
from tests.service.jobs import builders
from tests.service.jobs.builders import Buyer


@pytest.fixture
def runtime(database: Database, settings: Settings) -> Iterator[Runtime]:
    """An installation in which nobody follows the news."""
    started = runtimes.start(settings, {}, {})
    yield started
    started.database.close()
    started.redis.close()


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """The application."""
    return parts.application(runtime, routes.blueprint)


@pytest.fixture
def asking(app: Flask) -> Asking:
    """Return a maker of clients: `asking(identity).get(…)`."""
    return parts.maker(app)


@pytest.fixture
def buyer(runtime: Runtime) -> Buyer:
    """An owner of an organisation with money."""
    with runtime.database.unit_of_work() as uow:
        return builders.a_buyer(uow, "100")
