"""Logs say what happened by route and request, and never who with which password."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from kernel.settings import Settings

EMAIL, PASSWORD = "ada.lovelace@example.org", "a very long walk home"
# A process of its own: logs are configured once, for good.
SIGN_IN = """
import sys
from flask import Flask
from flask_smorest import Api
from sqlalchemy import text
from kernel import runtime as runtimes
from kernel.settings import Settings
from kernel.web import logs, problems
from kernel.web.http import endpoint, public
from marketplace.accounts import routes
from marketplace.accounts.browser import identify
from marketplace.config import TERMS_VERSION

email, password = sys.argv[1:]
logs.configure("DEBUG")
runtime = runtimes.start(Settings.load(), {}, {})
app = Flask("accounts")
app.config.update(API_TITLE="Accounts", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
app.extensions["quorum"] = runtime
identify.install(app, runtime.settings)

logs.install(app)
Api(app).register_blueprint(routes.blueprint)

@app.post("/clash/<email>")
@endpoint(public())
def clash(uow, email):
    uow.session.execute(text("CREATE TEMPORARY TABLE people (email text UNIQUE) ON COMMIT DROP"))
    for _ in range(2):
        uow.session.execute(text("INSERT INTO people VALUES (:email)"), {"email": email})

problems.install(app)
named = {"X-Request-Id": "r-7"}
person = {"email": email, "password": password, "display_name": "Ada", "country": "DE"}
person |= {"age_confirmed": True, "terms_version": TERMS_VERSION, "as": "worker"}
ask = lambda path, **body: app.test_client().post(path, json=body, headers=named).status_code
assert ask("/api/v1/sign-ups", **person) == 201
assert ask("/api/v1/sign-ups", **person) in (409, 422)
assert ask("/api/v1/sessions", email=email, password=password) == 201
assert ask("/api/v1/sessions", email=email, password=password + "!") == 403
assert ask("/api/v1/sessions", email=email, password=[password]) == 422
assert ask(f"/clash/{email}") == 500
"""


@pytest.fixture(scope="module")
def lines(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """What a process logged in which somebody signed up and in, rightly and wrongly."""
    settings: Settings = request.getfixturevalue("settings")
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "QUORUM_LOCAL": str(settings.local_folder),
        "QUORUM_ARGON2": "test",
    }
    command = [sys.executable, "-c", SIGN_IN, EMAIL, PASSWORD]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_each_request_is_one_line_by_its_route(lines: list[dict[str, Any]]) -> None:
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in requests] == [
        ("/api/v1/sign-ups", 201),
        ("/api/v1/sign-ups", requests[1]["status"]),
        ("/api/v1/sessions", 201),
        ("/api/v1/sessions", 403),
        ("/api/v1/sessions", 422),
        ("/clash/<email>", 500),
    ]
    assert all(line["method"] == "POST" and line["seconds"] >= 0 for line in requests)


def test_every_line_inside_a_request_names_it(lines: list[dict[str, Any]]) -> None:
    assert {line["request_id"] for line in lines if "request_id" in line} == {"r-7"}
    assert all("request_id" in line for line in lines if line["event"].startswith("request"))


def test_no_line_holds_an_address_or_a_password(lines: list[dict[str, Any]]) -> None:
    everything = json.dumps(lines)
    assert EMAIL not in everything
    assert EMAIL.split("@")[0] not in everything
    assert PASSWORD not in everything


def test_a_fault_is_logged_with_its_cause_and_without_the_row(
    lines: list[dict[str, Any]],
) -> None:
    (fault,) = [line for line in lines if line["event"] == "request_failed"]
    assert fault["error"] == "IntegrityError"
    assert "duplicate key value violates unique constraint" in fault["exception"]
