"""A web application of qualifications and workers alone, asked by whoever a test says."""

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
from kernel.types import new_id
from kernel.web import problems
from qualification import routes as qualification_routes
from workers import routes as worker_routes

Asking = Callable[[Identity], FlaskClient]


@pytest.fixture
def installation(database: Database, settings: Settings) -> Iterator[Runtime]:
    """An installation in which nobody follows the news."""
    started = runtimes.start(settings, {}, {})
    yield started
    started.database.close()


@pytest.fixture
def asking(installation: Runtime) -> Asking:
    """Return a maker of clients: `asking(identity).get(…)`."""

    def make(identity: Identity = STRANGER) -> FlaskClient:
        app = Flask("qualification")
        app.config.update(API_TITLE="Quorum", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
        app.extensions["quorum"] = installation
        app.extensions["quorum_identify"] = lambda _uow: identity
        api = Api(app)
        api.register_blueprint(qualification_routes.blueprint)
        api.register_blueprint(worker_routes.blueprint)
        problems.install(app)
        return app.test_client()

    return make


@pytest.fixture
def manager() -> Identity:
    """A manager of one organisation."""
    return Identity(user_id=new_id(), roles={new_id(): "manager"})
