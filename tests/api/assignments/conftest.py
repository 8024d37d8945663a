"""A web application of the worker's half alone, and people who use it with API keys."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import Babel
from flask_smorest import Api
from PIL import Image
from werkzeug.test import TestResponse

from kernel import runtime as runtimes
from kernel.db import Database
from kernel.identity import Identity
from kernel.runtime import Runtime
from kernel.settings import ROOT, Settings
from kernel.web import problems
from marketplace.accounts.browser import identify
from marketplace.assignments import media, routes
from marketplace.jobs.models import Job, Media
from tests import factories as make


@pytest.fixture
def runtime(database: Database, settings: Settings) -> Iterator[Runtime]:
    """An installation in which nobody follows the news."""
    started = runtimes.start(settings, {}, {})
    yield started
    started.database.close()
    started.redis.close()


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """The worker's routes and their media."""
    app = Flask("work", root_path=str(ROOT), template_folder=str(ROOT / "templates"))
    app.config.update(API_TITLE="Work", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    app.extensions["quorum"] = runtime
    identify.install(app, runtime.settings)
    Babel(app)
    Api(app).register_blueprint(routes.blueprint)
    app.register_blueprint(media.blueprint)
    problems.install(app)
    return app


@dataclass(frozen=True)
class Caller:
    """A worker who asks with an API key."""

    client: FlaskClient
    identity: Identity
    key: dict[str, str]

    def get(self, path: str) -> TestResponse:
        """Read from the API."""
        return self.client.get(f"/api/v1{path}", headers=self.key)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send JSON to the API."""
        return self.client.post(f"/api/v1{path}", json=body, headers={**self.key, **headers})

    def claim(self, job: Job, count: int = 1) -> list[dict[str, Any]]:
        """Claim tasks of a job."""
        answer = self.post(f"/jobs/{job.id}/claims", {"count": count})
        assert answer.status_code == 201, answer.json
        assert answer.json is not None
        return list(answer.json["claims"])

    def answer(self, claim: dict[str, Any], value: str = "cat", **headers: str) -> TestResponse:
        """Answer a claimed task."""
        given = {"assignment": claim["id"], "result": make.items(value), "active_seconds": 3}
        return self.post("/answers", {"answers": [given]}, **headers)


@pytest.fixture
def caller(app: Flask, database: Database) -> Caller:
    """One worker with a key."""
    return a_caller(app, database)


def a_caller(app: Flask, database: Database) -> Caller:
    """Sign a worker up, with a key."""
    with database.unit_of_work() as uow:
        identity = make.a_worker(uow)
        return Caller(app.test_client(), identity, make.a_key(uow, identity))


def a_picture_job(runtime: Runtime) -> Job:
    """Publish a job whose rows are full of what workers must not see."""
    with runtime.database.unit_of_work() as uow:
        tasks = [
            {
                "data": {"picture": f"secret-{number}.png", "hidden": "secret column"},
                "external_id": f"secret external {number}",
                "prediction": {"animal": "secret prediction"},
            }
            for number in range(3)
        ]
        gold = {
            "data": {"picture": "secret-gold.png"},
            "external_id": "secret external gold",
            "known": {"animal": "cat"},
            "explanation": "secret explanation",
        }
        settings = {"interface": make.PICTURES}
        job = make.a_published_job(uow, [*tasks, gold], settings=settings, gold_every=2)
        for name in ("secret-0.png", "secret-1.png", "secret-2.png", "secret-gold.png"):
            uow.session.add(a_file(runtime, job, name))
    return job


def a_file(runtime: Runtime, job: Job, name: str) -> Media:
    """Keep a small picture under a name."""
    content = io.BytesIO()
    Image.new("RGB", (8, 6)).save(content, "PNG")
    content.seek(0)
    stored = runtime.storage.put(content, 10_000)
    return Media(
        job_id=job.id,
        name=name,
        digest=stored.digest,
        mimetype="image/png",
        size_bytes=stored.size_bytes,
        width=8,
        height=6,
        created_at=runtime.clock.now(),
    )
