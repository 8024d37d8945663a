"""Every answer carries its safety headers and is counted; lists are read page by page."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from kernel.runtime import Runtime
from kernel.types import new_id
from kernel.web import metrics
from marketplace.home import health

ADA = {"X-Asker": str(new_id())}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.register_blueprint(health.blueprint)
    return app.test_client()


def samples(text: str) -> dict[tuple[str, str], float]:
    """Parse Prometheus' text format into values by name and route (or queue)."""
    return {
        (sample.name, sample.labels.get("route") or sample.labels.get("queue", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize("path", ["/api/v1/notes", "/api/v1/fault", "/nothing", "/healthz"])
def test_every_answer_keeps_to_itself(client: FlaskClient, path: str) -> None:
    headers = client.get(path, headers=ADA).headers
    policy = headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'self'", "script-src 'self'", "style-src 'self'"} <= set(policy)
    assert {"object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy)
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, no-store"
    assert "Strict-Transport-Security" not in headers


def test_production_holds_browsers_to_https(app: Flask) -> None:
    app.config["SESSION_COOKIE_SECURE"] = True
    assert "max-age" in app.test_client().get("/nothing").headers["Strict-Transport-Security"]


@pytest.mark.parametrize("given", ["r-7", "x" * 64, 'a "quoted" <id>'])
def test_a_request_keeps_the_plain_name_it_came_with(client: FlaskClient, given: str) -> None:
    answer = client.get("/api/v1/missing", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == answer.json["request_id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "tab\there", "caf\u00e9", "\x1b[31mred", "\x7f"])
def test_a_request_without_a_plain_name_is_given_one(client: FlaskClient, given: str) -> None:
    answer = client.get("/api/v1/missing", headers={"X-Request-Id": given})
    assert UUID(answer.headers["X-Request-Id"]).version == 7
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_two_requests_without_a_name_get_two(client: FlaskClient) -> None:
    names = {client.get("/healthz").headers["X-Request-Id"] for _ in range(3)}
    assert len(names) == 3


def test_a_list_is_read_page_by_page_while_it_grows(client: FlaskClient) -> None:
    def add() -> str:
        answer = client.post("/api/v1/notes", json={"text": "cat"}, headers=ADA)
        return str(answer.json["id"])

    def read(**query: Any) -> Any:
        return client.get("/api/v1/notes", query_string=query, headers=ADA).json

    early = {add() for _ in range(5)}
    seen: list[str] = []
    page = read(limit=2)
    for _ in range(10):
        seen += [note["id"] for note in page["items"]]
        if page["next_cursor"] is None:
            break
        late = add() if len(seen) < 6 else ""
        page = read(limit=2, cursor=page["next_cursor"])
    assert early <= set(seen)
    assert late in seen or not late
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("query", "code"),
    [("cursor=x", "cursor_invalid"), ("limit=0", "invalid"), ("limit=x", "invalid")],
)
def test_a_page_that_cannot_be_is_refused(client: FlaskClient, query: str, code: str) -> None:
    answer = client.get(f"/api/v1/notes?{query}", headers=ADA)
    assert (answer.status_code, answer.json["code"]) == (422, code)


def test_requests_are_counted_by_route_and_never_by_address(client: FlaskClient) -> None:
    route = ("quorum_requests_total", "/api/v1/notes/<uuid:note_id>")
    before = samples(metrics.render(CollectorRegistry()).decode()).get(route, 0)
    for _ in range(3):
        client.get(f"/api/v1/notes/{new_id()}", headers=ADA)
    client.get(f"/nothing/{new_id()}")
    after = samples(metrics.render(CollectorRegistry()).decode())
    assert after[route] == before + 3
    assert after["quorum_request_seconds_count", "/api/v1/notes/<uuid:note_id>"] >= 3
    assert after["quorum_requests_total", "-"] >= 1
    assert not any("/nothing" in route for _, route in after)


def test_the_metrics_of_the_installation_say_what_waits(
    client: FlaskClient, runtime: Runtime
) -> None:
    with runtime.database.unit_of_work() as uow:
        uow.later("notes.count", "")
    found = samples(client.get("/metrics").text)
    assert found["quorum_outbox_age_seconds", ""] >= 0
    runtime.relay()
    found = samples(client.get("/metrics").text)
    assert found["quorum_chores_due", ""] == 1
    assert found["quorum_queue_depth", "quick"] == 0


def test_a_machine_asks_whether_we_live_and_are_ready(
    client: FlaskClient, runtime: Runtime
) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz").json
    assert (ready["status"], ready["valkey"]) == ("ok", True)
    assert ready["schema"]
    lost = redis.Redis(unix_socket_path="/nowhere/valkey.sock")
    client.application.extensions["quorum"] = dataclasses.replace(runtime, redis=lost)
    degraded = client.get("/readyz")
    assert (degraded.status_code, degraded.json["status"]) == (503, "degraded")
