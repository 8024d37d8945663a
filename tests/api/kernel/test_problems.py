"""Every failure is answered in words: a problem document for programs, a page for people."""

from __future__ import annotations

import io
import json
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import BadRequest

from kernel.types import new_id
from tests.api.kernel.conftest import JSON_BYTES_MAX

ADA = {"X-Asker": str(new_id()), "X-Request-Id": "r-1"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "X-Request-Id": "r-1"}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("the password is hunter2")

    @app.get("/bad")
    def bad() -> None:
        raise BadRequest

    return app.test_client()


def test_a_refusal_is_a_problem_document(client: FlaskClient) -> None:
    answer = client.post("/api/v1/notes", json={"text": "unwelcome"}, headers=ADA)
    assert answer.mimetype == "application/problem+json"
    assert answer.json == {
        "type": "urn:quorum:problem:note_unwelcome",
        "title": "Conflict",
        "status": 409,
        "detail": "This note is not welcome here.",
        "code": "note_unwelcome",
        "request_id": "r-1",
        "text": "unwelcome",
    }
    assert answer.status_code == 409


def test_each_field_that_needs_another_look_is_named(client: FlaskClient) -> None:
    body = {"text": "", "price": {"amount": 1.5, "currency": "USD"}, "more": 1}
    answer = client.post("/api/v1/notes", json=body, headers=ADA)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    assert answer.json["fields"]["json"].keys() == {"text", "price", "more"}


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b'{"text": "\xff"}', b'"cat"', b"[]"])
def test_a_body_that_is_no_object_of_json_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/v1/notes", data=body, headers=ADA, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer.json["code"] in ("bad_request", "invalid")


@pytest.mark.parametrize("text", ["a\\u0000b", "a\\ud800b"])
def test_text_the_database_cannot_hold_is_refused(client: FlaskClient, text: str) -> None:
    body = f'{{"text": "{text}"}}'
    answer = client.post("/api/v1/notes", data=body, headers=ADA, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")


def test_an_address_that_takes_no_such_request_says_which_it_takes(client: FlaskClient) -> None:
    answer = client.put("/api/v1/notes", headers=ADA)
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_a_body_of_json_that_is_too_large_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/v1/notes", json={"text": "x" * JSON_BYTES_MAX}, headers=ADA)
    assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")


def test_an_upload_that_is_too_large_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/v1/files", data=b"x" * 21 * JSON_BYTES_MAX, headers=ADA)
    assert answer.status_code in (400, 413)
    multipart = {"file": (io.BytesIO(b"x" * 21 * JSON_BYTES_MAX), "x.bin")}
    answer = client.post("/api/v1/files", data=multipart, headers=ADA)
    assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("path", ["/api/v1/nothing", f"/api/v1/notes/{UUID(int=7)}", "/nothing"])
def test_where_there_is_nothing_a_program_reads_so(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={**ADA, "Accept": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_stranger_is_asked_to_sign_in(client: FlaskClient) -> None:
    answer = client.get("/api/v1/notes")
    assert (answer.status_code, answer.json["code"]) == (403, "sign_in_needed")


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/broken", 500), ("/bad", 400)])
def test_a_person_reads_a_page_that_says_the_same(
    client: FlaskClient, path: str, status: int
) -> None:
    answer = client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert str(status) in answer.text
    assert "r-1" in answer.text


def test_below_the_api_even_a_browser_reads_a_problem_document(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nothing", headers=BROWSER)
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("headers", [BROWSER, {"Accept": "application/json"}])
@pytest.mark.parametrize("path", ["/broken", "/api/v1/fault"])
def test_our_fault_says_nothing_of_the_inside(
    client: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 500
    for inner in ("hunter2", "Traceback", "RuntimeError", "psycopg", "SELECT", ".py"):
        assert inner not in answer.text


def test_a_lost_connection_is_tried_again_unnoticed(client: FlaskClient) -> None:
    answer = client.get("/api/v1/lost-line?times=2")
    assert (answer.status_code, answer.json) == (200, {"tries": 3})


def test_a_database_that_stays_away_is_said_to_be_so(client: FlaskClient) -> None:
    answer = client.get("/api/v1/lost-line?times=99")
    assert (answer.status_code, answer.json["code"]) == (503, "try_again")


def test_a_problem_document_is_plain_json(client: FlaskClient) -> None:
    def refuse_floats(_text: str) -> Any:
        raise AssertionError("a problem holds whole numbers and text")

    answer = client.get("/api/v1/missing")
    document = json.loads(answer.text, parse_float=refuse_floats, parse_constant=refuse_floats)
    assert document["code"] == "note_gone"
