"""The same request sent twice with one Idempotency-Key is done once and answered the same."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from kernel import keeping
from kernel.db import Base
from kernel.events import OutboxRow
from kernel.mail import Letter
from kernel.runtime import Runtime
from kernel.types import new_id
from kernel.web.idempotency import KEPT_HOURS, IdempotencyKey

ADA, EVE = str(new_id()), str(new_id())


def post(app: Flask, path: str = "/notes", key: str = "k-1", **more: Any) -> TestResponse:
    headers = {"Idempotency-Key": key, "X-Asker": more.pop("asker", ADA)}
    body = more or {"json": {"text": "cat"}}
    return app.test_client().post(f"/api/v1{path}", headers=headers, **body)


def count(runtime: Runtime, table: type[Base]) -> int:
    with runtime.database.unit_of_work() as uow:
        return uow.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_repeated_request_is_answered_from_memory(app: Flask, runtime: Runtime) -> None:
    first, second = post(app), post(app)
    assert (first.status_code, second.status_code) == (201, 201)
    assert (first.data, first.mimetype) == (second.data, second.mimetype)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (count(runtime, Letter), count(runtime, OutboxRow)) == (1, 1)


def test_another_key_is_another_request(app: Flask, runtime: Runtime) -> None:
    assert post(app, key="k-1").json != post(app, key="k-2").json
    assert count(runtime, Letter) == 2


@pytest.mark.parametrize(
    ("path", "body"), [("/notes", {"text": "dog"}), ("/notes?seconds=0", {"text": "cat"})]
)
def test_one_key_for_two_requests_is_refused(
    app: Flask, runtime: Runtime, path: str, body: dict[str, str]
) -> None:
    post(app)
    again = post(app, path, json=body)
    assert (again.status_code, again.json["code"]) == (422, "idempotency_key_reused")
    assert count(runtime, Letter) == 1


@pytest.mark.parametrize("body", [{"text": "unwelcome"}, {"text": ""}])
def test_a_failed_request_leaves_nothing_and_may_be_mended(
    app: Flask, runtime: Runtime, body: dict[str, str]
) -> None:
    for _ in range(2):
        failed = post(app, json=body)
        assert failed.status_code in (409, 422)
        assert "Idempotent-Replayed" not in failed.headers
    assert [count(runtime, table) for table in (Letter, OutboxRow, IdempotencyKey)] == [0, 0, 0]
    assert post(app).status_code == 201


def test_two_at_once_with_one_key_are_done_once(app: Flask, runtime: Runtime) -> None:
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda _: post(app, "/notes?seconds=0.3"), range(3)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 2
    assert count(runtime, Letter) == 1


def test_when_the_first_of_two_fails_the_second_is_done(app: Flask, runtime: Runtime) -> None:
    def ask(text: str) -> int:
        return post(app, "/notes?seconds=0.3", json={"text": text}).status_code

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(ask, ["unwelcome", "unwelcome"])) == [409, 409]
    assert ask("welcome") == 201
    assert count(runtime, Letter) == 1


def test_keys_of_two_people_do_not_meet(app: Flask, runtime: Runtime) -> None:
    assert post(app, asker=ADA).json != post(app, asker=EVE).json
    assert count(runtime, Letter) == 2


def test_strangers_share_no_memory(app: Flask, runtime: Runtime) -> None:
    answers = [post(app, "/public-notes", asker="") for _ in range(2)]
    assert answers[0].json != answers[1].json
    assert (count(runtime, Letter), count(runtime, IdempotencyKey)) == (2, 0)


def test_an_answer_that_shows_a_secret_is_not_kept(app: Flask, runtime: Runtime) -> None:
    answers = [post(app, "/secret-notes") for _ in range(2)]
    assert answers[0].json != answers[1].json
    assert count(runtime, IdempotencyKey) == 0


def test_reading_needs_no_memory(app: Flask, runtime: Runtime) -> None:
    headers = {"Idempotency-Key": "k-1", "X-Asker": ADA}
    assert app.test_client().get("/api/v1/notes", headers=headers).status_code == 200
    assert count(runtime, IdempotencyKey) == 0


def test_an_upload_sent_again_is_known_though_its_boundary_changed(
    app: Flask, runtime: Runtime
) -> None:
    def upload() -> TestResponse:
        return post(app, "/files", data={"file": (io.BytesIO(b"cat" * 100), "cat.txt")})

    first, second = upload(), upload()
    assert first.json == second.json == {"size": 300}
    assert second.headers["Idempotent-Replayed"] == "true"
    other = post(app, "/files", data={"file": (io.BytesIO(b"x"), "cat.txt")})
    assert other.status_code == 422
    assert count(runtime, Letter) == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_a_bounded_length(app: Flask, key: str) -> None:
    refused = post(app, key=key)
    assert (refused.status_code, refused.json["code"]) == (422, "idempotency_key_length")


def test_keys_are_forgotten_when_their_time_has_passed(app: Flask, runtime: Runtime) -> None:
    post(app, key="old")
    runtime.clock.advance(timedelta(hours=KEPT_HOURS, minutes=1))
    post(app, key="new")
    keeping.forget(runtime, "")
    with runtime.database.unit_of_work() as uow:
        assert uow.session.scalars(select(IdempotencyKey.key)).all() == ["new"]
