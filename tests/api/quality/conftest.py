"""A web application of quality alone, asked by whoever a test says."""

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
from marketplace import wiring
from marketplace.quality import routes

Asking = Callable[[Identity], FlaskClient]


@pytest.fixture
def runtime(database: Database, settings: Settings) -> Iterator[Runtime]:
    """An installation that follows its news and keeps no schedule."""
    started = runtimes.start(settings, wiring.FOLLOW_UPS, {})
    yield started
    started.database.close()
    started.redis.close()


@pytest.fixture
def asking(runtime: Runtime) -> Asking:
    """Return a maker of clients: `asking(identity).get(…)`."""
    app = Flask("quality")
    app.config.update(API_TITLE="Quorum", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    app.extensions["quorum"] = runtime
    Api(app).register_blueprint(routes.blueprint)
    problems.install(app)

    def make(identity: Identity = STRANGER) -> FlaskClient:
        app.extensions["quorum_identify"] = lambda _uow: identity
        return app.test_client()

    return make
