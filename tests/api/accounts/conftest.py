"""An app that serves accounts alone, and people who use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from flask_smorest import Api
from werkzeug.test import TestResponse

from kernel import runtime as runtimes
from kernel.db import Database, UnitOfWork
from kernel.permissions import DECLARED, permission, signed_in
from kernel.runtime import Runtime
from kernel.settings import Settings
from kernel.web import problems
from kernel.web.http import endpoint, public
from marketplace.accounts import routes
from marketplace.accounts.browser import csrf, identify
from marketplace.config import TERMS_VERSION

PASSWORD = "a long walk home"


@pytest.fixture
def runtime(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Runtime]:
    """An installation in which nothing follows: accounts are what is tested."""
    monkeypatch.setenv("QUORUM_ARGON2", "test")
    started = runtimes.start(settings, {}, {})
    started.redis.flushdb()
    yield started
    started.database.close()
    started.redis.close()


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """Accounts alone, with three probes beside them."""
    app = Flask("accounts")
    app.config.update(
        API_TITLE="Accounts",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
    )
    app.extensions["quorum"] = runtime
    identify.install(app, runtime.settings)
    Api(app).register_blueprint(routes.blueprint)
    app.register_blueprint(_probes())
    problems.install(app)
    return app


def _probes() -> Blueprint:
    """Offer an address that takes forms, one that wants a scope, and one that shows a token."""
    wanted = DECLARED.get("probe:use") or permission("probe:use", may=signed_in, scope="jobs:read")
    probes = Blueprint("probes", __name__)

    @probes.post("/probe")
    @endpoint(public())
    def take(uow: UnitOfWork) -> dict[str, Any]:
        return {"actor": uow.identity.actor}

    @probes.get("/probe")
    @probes.post("/scoped-probe")
    @endpoint(wanted)
    def use(uow: UnitOfWork) -> dict[str, Any]:
        asker = uow.identity
        return {
            "actor": asker.actor,
            "roles": {str(key): role for key, role in asker.roles.items()},
            "worker": asker.is_worker,
            "admin": asker.is_admin,
        }

    @probes.get("/token")
    def show() -> str:
        return csrf.csrf_token()

    return probes


@dataclass
class Person:
    """A browser with somebody signed in, that sends the token our pages would send."""

    client: FlaskClient
    email: str
    made: dict[str, Any]
    token: str

    def ask(self, method: str, path: str, **body: Any) -> TestResponse:
        """Send JSON to the API as a page of ours would."""
        headers = {"X-CSRFToken": self.token}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, json=body or None)

    def get(self, path: str) -> Any:
        """Read from the API."""
        return self.client.get(f"/api/v1{path}").json


SignUp = Callable[..., Person]


@pytest.fixture
def sign_up(app: Flask) -> SignUp:
    """Return a function that signs people up, each in a browser of their own."""

    def act(email: str = "ada@example.org", **changes: Any) -> Person:
        client = app.test_client()
        answer = client.post("/api/v1/sign-ups", json=sign_up_body(email, **changes))
        assert answer.status_code == 201, answer.json
        return Person(client, email, answer.json, answer.json["csrf_token"])

    return act


def sign_up_body(email: str = "ada@example.org", **changes: Any) -> dict[str, Any]:
    """Return what the sign-up form sends for a worker."""
    plain = {
        "email": email,
        "password": PASSWORD,
        "display_name": "Ada",
        "country": "DE",
        "age_confirmed": True,
        "terms_version": TERMS_VERSION,
        "as": "worker",
    }
    return plain | changes
