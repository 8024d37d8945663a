"""Signing up, signing in and out, letters and one's own account, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient

from kernel.clock import Clock
from kernel.runtime import Runtime
from marketplace.accounts import sign_up as signing_up
from tests.api.accounts.conftest import PASSWORD, SignUp, sign_up_body


def letter_token(client: FlaskClient, email: str = "ada@example.org") -> str:
    """Return the token in the last letter to an address."""
    letters = client.get(f"/api/v1/development/letters?recipient={email}").json
    link = next(word for word in letters[0]["body"].split() if word.startswith("http"))
    return str(link.rsplit("/", 1)[1])


def test_a_worker_signs_up_and_is_signed_in(sign_up: SignUp) -> None:
    ada = sign_up(languages=["de"], adult_consent=True)
    assert ada.made["worker_id"] and ada.made["organisation_id"] is None
    me = ada.get("/me")
    assert me["email"] == "ada@example.org" and me["user_id"] == ada.made["user_id"]
    assert (me["is_confirmed"], me["is_admin"], me["needs_code"]) == (False, False, False)
    assert me["csrf_token"] == ada.token


def test_a_requester_signs_up_with_an_organisation(sign_up: SignUp) -> None:
    ada = sign_up(**{"as": "requester", "organisation_name": "Acme"})
    assert ada.made["worker_id"] is None
    wanted = {"id": ada.made["organisation_id"], "name": "Acme", "role": "owner"}
    assert ada.get("/me")["organisations"] == [wanted]
    assert ada.get("/organisations") == {"items": [wanted], "next_cursor": None}


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "not an address"},
        {"email": 'a"\u0001"@example.org'},
        {"display_name": "two\nlines"},
        {"display_name": ""},
        {"display_name": "nul\x00"},
        {"as": "admin"},
        {"is_admin": True},
        {"age_confirmed": False},
        {"country": "Germany"},
        {"languages": ["english"]},
    ],
)
def test_a_sign_up_that_makes_no_sense_is_refused(
    client: FlaskClient, changes: dict[str, Any]
) -> None:
    answer = client.post("/api/v1/sign-ups", json=sign_up_body(**changes))
    assert answer.status_code == 422


def test_a_taken_address_is_a_conflict(client: FlaskClient, sign_up: SignUp) -> None:
    sign_up()
    answer = client.post("/api/v1/sign-ups", json=sign_up_body("ADA@example.org"))
    assert (answer.status_code, answer.json["code"]) == (409, "address_taken")


def test_a_person_signs_in_and_out(client: FlaskClient, sign_up: SignUp) -> None:
    made = sign_up().made
    body = {"email": "Ada@Example.org", "password": PASSWORD}
    answer = client.post("/api/v1/sessions", json=body)
    assert answer.status_code == 201
    assert answer.json["user_id"] == made["user_id"] and answer.json["needs_code"] is False
    token = answer.json["csrf_token"]
    assert client.get("/api/v1/me").status_code == 200
    gone = client.delete("/api/v1/sessions/current", headers={"X-CSRFToken": token})
    assert gone.status_code == 204
    assert client.get("/api/v1/me").json["code"] == "sign_in_needed"


def test_signing_out_ends_the_session_for_who_copied_the_cookie(
    client: FlaskClient, sign_up: SignUp
) -> None:
    ada = sign_up()
    cookie = ada.client.get_cookie("quorum")
    assert cookie is not None and cookie.http_only and cookie.same_site == "Lax"
    ada.ask("DELETE", "/sessions/current")
    client.set_cookie("quorum", cookie.value)
    assert client.get("/api/v1/me").status_code == 403


def test_signing_in_exchanges_the_session(client: FlaskClient, sign_up: SignUp) -> None:
    ada = sign_up()
    before = ada.client.get_cookie("quorum")
    answer = ada.ask("POST", "/sessions", email=ada.email, password=PASSWORD)
    assert answer.status_code == 201 and answer.json["csrf_token"] != ada.token
    assert before is not None
    client.set_cookie("quorum", before.value)
    assert client.get("/api/v1/me").status_code == 403


def test_a_session_ends_after_thirty_days_without_use(sign_up: SignUp, clock: Clock) -> None:
    ada = sign_up()
    clock.advance(timedelta(days=29))
    assert ada.client.get("/api/v1/me").status_code == 200
    clock.advance(timedelta(days=29))
    assert ada.client.get("/api/v1/me").status_code == 200
    clock.advance(timedelta(days=30, seconds=1))
    assert ada.client.get("/api/v1/me").status_code == 403


def test_an_admin_without_a_code_is_told_so(client: FlaskClient, runtime: Runtime) -> None:
    with runtime.database.unit_of_work() as uow:
        made = signing_up.make_admin(uow, "root@example.org", PASSWORD)
    body = {"email": "root@example.org", "password": PASSWORD}
    first = client.post("/api/v1/sessions", json=body).json
    assert first["is_admin"] and first["needs_code"]
    code = pyotp.TOTP(made.totp_secret).at(runtime.clock.now())
    answer = client.post(
        "/api/v1/sessions/current/refresh",
        json={"password": PASSWORD, "code": code},
        headers={"X-CSRFToken": first["csrf_token"]},
    )
    assert answer.status_code == 200 and answer.json["needs_code"] is False
    assert client.get("/api/v1/me").json["needs_code"] is False


def test_the_letter_confirms_the_address(client: FlaskClient, sign_up: SignUp) -> None:
    ada = sign_up()
    body = {"token": letter_token(client)}
    assert client.post("/api/v1/email-confirmations", json=body).status_code == 204
    assert ada.get("/me")["is_confirmed"] is True
    again = client.post("/api/v1/email-confirmations", json=body)
    assert (again.status_code, again.json["code"]) == (422, "link_spent")


def test_a_lost_letter_can_be_sent_again(client: FlaskClient, sign_up: SignUp) -> None:
    ada = sign_up()
    first = letter_token(client)
    assert ada.ask("POST", "/email-confirmations/letters").status_code == 202
    assert letter_token(client) != first


def test_a_forgotten_password_is_replaced_by_letter(client: FlaskClient, sign_up: SignUp) -> None:
    ada = sign_up()
    for email in ("nobody@example.org", "ada@example.org"):
        answer = client.post("/api/v1/password-resets", json={"email": email})
        assert answer.status_code == 202
    body = {"token": letter_token(client), "password": "a new long walk"}
    assert client.post("/api/v1/password-resets/confirm", json=body).status_code == 204
    assert ada.client.get("/api/v1/me").status_code == 403
    body = {"email": "ada@example.org", "password": "a new long walk"}
    assert client.post("/api/v1/sessions", json=body).status_code == 201


def test_too_many_wrong_passwords_are_answered_429(client: FlaskClient, sign_up: SignUp) -> None:
    sign_up()
    body = {"email": "ada@example.org", "password": "not the password"}
    answers = [client.post("/api/v1/sessions", json=body).status_code for _ in range(11)]
    assert answers == [403] * 10 + [429]


def test_a_person_erases_their_account_after_a_fresh_sign_in(sign_up: SignUp, clock: Clock) -> None:
    ada = sign_up()
    clock.advance(timedelta(minutes=16))
    stale = ada.ask("DELETE", "/me")
    assert (stale.status_code, stale.json["code"]) == (403, "sign_in_again")
    ada.token = ada.ask("POST", "/sessions/current/refresh", password=PASSWORD).json["csrf_token"]
    assert ada.ask("DELETE", "/me").status_code == 204
    assert ada.client.get("/api/v1/me").status_code == 403
    assert sign_up().made["user_id"] != ada.made["user_id"]
