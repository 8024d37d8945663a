"""Organisations, members and keys, over HTTP: who may see and do what."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.api.accounts.conftest import SignUp


def test_who_does_not_belong_learns_nothing_of_an_organisation(
    sign_up: SignUp, client: FlaskClient
) -> None:
    ada, eve = sign_up(), sign_up("eve@example.org")
    acme = ada.ask("POST", "/organisations", name="Acme").json["id"]
    path = f"/organisations/{acme}"
    assert ada.get(path)["name"] == "Acme"
    for method, where, body in (
        ("GET", path, {}),
        ("GET", f"{path}/members", {}),
        ("POST", f"{path}/members", {"email": eve.email, "role": "owner"}),
        ("PATCH", f"{path}/members/{ada.made['user_id']}", {"role": "viewer"}),
        ("DELETE", f"{path}/members/{ada.made['user_id']}", {}),
    ):
        assert eve.ask(method, where, **body).status_code == 404
    assert client.get(f"/api/v1{path}").json["code"] == "sign_in_needed"


def test_only_owners_change_members_and_anyone_may_leave(sign_up: SignUp) -> None:
    ada, bob, eve = sign_up(), sign_up("bob@example.org"), sign_up("eve@example.org")
    acme = ada.ask("POST", "/organisations", name="Acme").json["id"]
    members = f"/organisations/{acme}/members"
    for person in (bob, eve):
        added = ada.ask("POST", members, email=person.email, role="manager")
        assert (added.status_code, added.json["role"]) == (201, "manager")
    assert [item["email"] for item in bob.get(members)["items"]] == [
        "ada@example.org", "bob@example.org", "eve@example.org",
    ]  # fmt: skip
    for method, body in (("PATCH", {"role": "owner"}), ("DELETE", {})):
        refused = bob.ask(method, f"{members}/{eve.made['user_id']}", **body)
        assert (refused.status_code, refused.json["code"]) == (403, "not_allowed")
    assert bob.ask("DELETE", f"{members}/{bob.made['user_id']}").status_code == 204
    assert bob.ask("GET", members).status_code == 404
    last = ada.ask("DELETE", f"{members}/{ada.made['user_id']}")
    assert (last.status_code, last.json["code"]) == (409, "owner_needed")


def test_a_role_that_does_not_exist_is_refused(sign_up: SignUp) -> None:
    ada = sign_up()
    acme = ada.ask("POST", "/organisations", name="Acme").json["id"]
    answer = ada.ask("POST", f"/organisations/{acme}/members", email="b@example.org", role="king")
    assert answer.status_code == 422


def test_a_key_is_shown_once_and_its_owner_alone_may_revoke_it(sign_up: SignUp) -> None:
    ada, eve = sign_up(), sign_up("eve@example.org")
    made = ada.ask("POST", "/api-keys", name="ci", scopes=["jobs:read"], expires_days=2).json
    assert made["token"].startswith(made["prefix"]) and made["expires_at"]
    [listed] = ada.get("/api-keys")["items"]
    assert "token" not in listed and listed["id"] == made["id"]
    assert made["token"] not in str(ada.get("/api-keys"))
    assert eve.get("/api-keys")["items"] == []
    assert eve.ask("DELETE", f"/api-keys/{made['id']}").status_code == 404
    assert ada.ask("DELETE", f"/api-keys/{made['id']}").status_code == 204
    assert ada.ask("DELETE", f"/api-keys/{made['id']}").status_code == 404


def test_a_key_with_an_unknown_scope_is_refused(sign_up: SignUp) -> None:
    answer = sign_up().ask("POST", "/api-keys", name="k", scopes=["everything"])
    assert answer.status_code == 422


def test_keys_are_listed_page_by_page_newest_first(sign_up: SignUp) -> None:
    ada = sign_up()
    for number in range(3):
        ada.ask("POST", "/api-keys", name=f"k{number}", scopes=["jobs:read"])
    first = ada.get("/api-keys?limit=2")
    rest = ada.get(f"/api-keys?limit=2&cursor={first['next_cursor']}")
    assert [item["name"] for item in first["items"] + rest["items"]] == ["k2", "k1", "k0"]
    assert rest["next_cursor"] is None
