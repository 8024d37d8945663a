"""A web application of a few blueprints alone, asked by whoever a test says."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from flask_smorest import Api, Blueprint

from kernel.identity import STRANGER, Identity
from kernel.runtime import Runtime
from kernel.web import problems

Asking = Callable[..., FlaskClient]


def application(runtime: Runtime, *blueprints: Blueprint) -> Flask:
    """Return an application with these blueprints alone."""
    app = Flask("a part of quorum")
    app.config.update(API_TITLE="Quorum", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    app.extensions["quorum"] = runtime
    api = Api(app)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    problems.install(app)
    return app


def maker(app: Flask) -> Asking:
    """Return a maker of clients: `asking(identity).get(…)`; nobody named is a stranger."""

    def asking(identity: Identity = STRANGER) -> FlaskClient:
        app.extensions["quorum_identify"] = lambda _uow: identity
        return app.test_client()

    return asking
