"""Who is asking: one statement, forged requests, and what a key may never do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from kernel.clock import Clock
from kernel.runtime import Runtime
from marketplace.accounts import sign_up as signing_up
from tests.api.accounts.conftest import PASSWORD, Person, SignUp

FORM = {"plain": "field"}


def make_key(person: Person, **changes: Any) -> dict[str, str]:
    """Make an API key and return the header that carries it."""
    order = {"name": "k", "scopes": ["jobs:read", "work:read"], **changes}
    answer = person.ask("POST", "/api-keys", **order)
    assert answer.status_code == 201, answer.json
    return {"Authorization": f"Bearer {answer.json['token']}"}


@contextmanager
def statements(runtime: Runtime) -> Iterator[list[str]]:
    """Collect what is asked of the database."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(runtime.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(runtime.database.engine, "before_cursor_execute", note)


def test_a_person_is_identified_in_one_statement(
    sign_up: SignUp, client: FlaskClient, runtime: Runtime
) -> None:
    ada = sign_up(**{"as": "requester", "organisation_name": "Acme"})
    for name in ("Bolt", "Cord"):
        ada.ask("POST", "/organisations", name=name)
    key = make_key(ada, scopes=["jobs:read"])
    with statements(runtime) as by_cookie:
        assert len(ada.client.get("/probe").json["roles"]) == 3
    with statements(runtime) as by_key:
        assert len(client.get("/probe", headers=key).json["roles"]) == 3
    with statements(runtime) as by_nobody:
        client.post("/probe", json={})
    assert [len(by_cookie), len(by_key), len(by_nobody)] == [1, 1, 0]


def test_a_session_in_use_is_written_at_most_once_an_hour(
    sign_up: SignUp, runtime: Runtime, clock: Clock
) -> None:
    ada = sign_up()
    clock.advance(timedelta(minutes=61))
    with statements(runtime) as seen:
        renewed = ada.client.get("/probe")
        quiet = ada.client.get("/probe")
    assert [statement.split()[0] for statement in seen] == ["SELECT", "UPDATE", "SELECT"]
    assert "Set-Cookie" in renewed.headers and "Set-Cookie" not in quiet.headers


def test_an_unsafe_request_by_cookie_needs_the_token(sign_up: SignUp) -> None:
    ada = sign_up()
    for headers in ({}, {"X-CSRFToken": ""}, {"X-CSRFToken": "0" * 64}, {"X-CSRFToken": "é"}):
        answer = ada.client.post("/api/v1/organisations", json={"name": "A"}, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (403, "csrf_invalid")
    assert ada.get("/organisations")["items"] == []
    assert ada.ask("POST", "/organisations", name="A").status_code == 201


def test_the_token_of_another_session_is_of_no_use(sign_up: SignUp) -> None:
    ada, bob = sign_up(), sign_up("bob@example.org")
    ada.token = bob.token
    assert ada.ask("POST", "/organisations", name="A").json["code"] == "csrf_invalid"


def test_a_form_may_carry_the_token_as_a_field(sign_up: SignUp) -> None:
    ada = sign_up()
    assert ada.client.post("/probe", data=FORM).status_code == 403
    assert ada.client.post("/probe", data={**FORM, "csrf_token": ada.token}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_request_that_began_on_another_site_is_refused(
    sign_up: SignUp, client: FlaskClient, headers: dict[str, str]
) -> None:
    ada = sign_up()
    mine = {**headers, "X-CSRFToken": ada.token}
    answer = ada.client.post("/probe", json={}, headers=mine)
    assert (answer.status_code, answer.json["code"]) == (403, "origin_foreign")
    assert client.post("/probe", json={}, headers=headers).json["code"] == "origin_foreign"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_request_that_began_here_passes(sign_up: SignUp, headers: dict[str, str]) -> None:
    ada = sign_up()
    mine = {**headers, "X-CSRFToken": ada.token}
    assert ada.client.post("/probe", json={}, headers=mine).status_code == 200


def test_a_strangers_form_needs_the_passing_token_of_their_browser(
    app: Flask, client: FlaskClient
) -> None:
    assert client.post("/probe", data=FORM).json["code"] == "csrf_invalid"
    token = client.get("/token").text
    assert client.get("/token").text == token
    assert client.post("/probe", data={**FORM, "csrf_token": token}).status_code == 200
    other = app.test_client().post("/probe", data={**FORM, "csrf_token": token})
    assert other.json["code"] == "csrf_invalid"


def test_a_key_needs_no_token_and_acts_for_its_person(sign_up: SignUp, client: FlaskClient) -> None:
    ada = sign_up()
    answer = client.post("/scoped-probe", data=FORM, headers=make_key(ada))
    assert answer.json["actor"] == f"user:{ada.made['user_id']}"


@pytest.mark.parametrize("token", ["", "qk_unknown", "é"])
def test_an_unknown_key_is_refused_even_beside_a_good_cookie(sign_up: SignUp, token: str) -> None:
    ada = sign_up()
    answer = ada.client.get("/probe", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json["code"]) == (401, "key_invalid")


def test_a_key_ends_when_it_is_revoked_or_too_old(
    sign_up: SignUp, client: FlaskClient, clock: Clock
) -> None:
    ada = sign_up()
    made = ada.ask("POST", "/api-keys", name="k", scopes=["jobs:read"]).json
    revoked = {"Authorization": f"Bearer {made['token']}"}
    short = make_key(ada, expires_days=1)
    assert client.get("/probe", headers=revoked).status_code == 200
    assert client.get("/probe", headers=short).status_code == 200
    assert ada.ask("DELETE", f"/api-keys/{made['id']}").status_code == 204
    clock.advance(timedelta(days=1))
    assert client.get("/probe", headers=revoked).status_code == 401
    assert client.get("/probe", headers=short).status_code == 401


def test_a_key_does_only_what_its_scopes_say(sign_up: SignUp, client: FlaskClient) -> None:
    key = make_key(sign_up(), scopes=["work:read"])
    assert client.get("/probe", headers=key).json["code"] == "scope_missing"
    assert client.get("/api/v1/me", headers=key).json["code"] == "scope_missing"
    answer = client.post("/api/v1/api-keys", headers=key, json={"name": "k", "scopes": ["x"]})
    assert answer.json["code"] == "scope_missing"


def test_a_key_of_an_organisation_acts_for_that_one_only(
    sign_up: SignUp, client: FlaskClient
) -> None:
    ada = sign_up()
    acme = ada.ask("POST", "/organisations", name="Acme").json["id"]
    ada.ask("POST", "/organisations", name="Bolt")
    wide = client.get("/probe", headers=make_key(ada)).json
    assert len(wide["roles"]) == 2 and wide["worker"]
    key = make_key(ada, organisation_id=acme, scopes=["jobs:read"])
    narrow = client.get("/probe", headers=key).json
    assert narrow["roles"] == {acme: "owner"} and not narrow["worker"]


def test_a_key_loses_what_its_person_loses(sign_up: SignUp, client: FlaskClient) -> None:
    ada, bob = sign_up(), sign_up("bob@example.org")
    acme = ada.ask("POST", "/organisations", name="Acme").json["id"]
    members = f"/organisations/{acme}/members"
    assert ada.ask("POST", members, email=bob.email, role="manager").status_code == 201
    key = make_key(bob, organisation_id=acme, scopes=["jobs:read"])
    assert client.get("/probe", headers=key).json["roles"] == {acme: "manager"}
    ada.ask("PATCH", f"{members}/{bob.made['user_id']}", role="viewer")
    assert client.get("/probe", headers=key).json["roles"] == {acme: "viewer"}
    ada.ask("DELETE", f"{members}/{bob.made['user_id']}")
    assert client.get("/probe", headers=key).json["roles"] == {}


def test_a_key_of_an_admin_is_no_admin(client: FlaskClient, runtime: Runtime, app: Flask) -> None:
    with runtime.database.unit_of_work() as uow:
        made = signing_up.make_admin(uow, "root@example.org", PASSWORD)
    code = pyotp.TOTP(made.totp_secret).at(runtime.clock.now())
    body = {"email": "root@example.org", "password": PASSWORD, "code": code}
    answer = client.post("/api/v1/sessions", json=body)
    assert answer.json["needs_code"] is False
    root = Person(client, "root@example.org", {}, answer.json["csrf_token"])
    assert client.get("/probe").json["admin"] is True
    key = make_key(root)
    assert app.test_client().get("/probe", headers=key).json["admin"] is False
