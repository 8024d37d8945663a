"""A web application of money alone, asked by whoever a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_smorest import Api

from kernel import runtime as runtimes
from kernel.db import Database
from kernel.identity import STRANGER, Identity
from kernel.runtime import Runtime
from kernel.settings import Settings
from kernel.web import problems
from payouts import routes
from payouts.pretend.processor import Pretend
from tests.service.payouts.stories import Books

Asking = Callable[[Identity], FlaskClient]


@pytest.fixture
def installation(database: Database, settings: Settings) -> Iterator[Runtime]:
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

    def make(identity: Identity = STRANGER) -> FlaskClient:
        app = Flask("money")
        app.config.update(API_TITLE="Quorum", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
        app.extensions["quorum"] = installation
        app.extensions["quorum_identify"] = lambda _uow: identity
        Api(app).register_blueprint(routes.blueprint)
        problems.install(app)
        return app.test_client()

    return make
