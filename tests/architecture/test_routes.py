"""Every address authorises; what strangers may do stands on a short list here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.permissions import Permission, anybody
from tests.architecture import source
from tests.architecture.test_vocabulary import INNER, INNER_NAME

# Flask's and flask-smorest's own views, which hold nothing of anybody's.
LIBRARY_VIEWS = {"static", "api-docs.openapi_json"}
SAFE = {"GET", "HEAD", "OPTIONS"}
# Strangers may look around; may sign up, sign in and get back in; and come by a letter's link, a
# signed media address, a health check, or with a message the payment company signed.
STRANGERS_MAY_POST = {
    "/api/v1/sign-ups",
    "/api/v1/sessions",
    "/api/v1/email-confirmations",
    "/api/v1/password-resets",
    "/api/v1/password-resets/confirm",
    "/sign-up",
    "/sign-in",
    "/password-reset",
    "/password-reset/<token>",
    "/confirm/<token>",
    "/webhooks/stripe/platform",
    "/webhooks/stripe/connected",
}
STRANGERS_MAY_READ = {
    *STRANGERS_MAY_POST,
    "/",
    "/help",
    "/terms",
    "/gallery",
    "/gallery/<name>",
    "/gallery/<name>/tasks.json",
    "/gallery/samples/<name>",
    "/api/v1/gallery",
    "/api/v1/gallery/<name>",
    "/healthz",
    "/readyz",
    "/metrics",
    "/media/<assignment>/<field>",
    "/development/letters",
    "/api/v1/development/letters",
}


@pytest.fixture
def rules(app: Flask) -> list[tuple[str, set[str], Permission | None]]:
    """Every address with its methods and the permission in front of it."""
    return [
        (
            rule.rule,
            set(rule.methods or ()),
            getattr(app.view_functions[rule.endpoint], "permission", None),
        )
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in LIBRARY_VIEWS
    ]


def test_every_address_has_a_permission(rules: list[Any]) -> None:
    open_doors = sorted(address for address, _, permission in rules if permission is None)
    assert not open_doors, source.told(open_doors, "decorate with @endpoint or @page")


def test_strangers_may_only_do_what_is_listed(rules: list[Any]) -> None:
    for_strangers = [
        (address, methods)
        for address, methods, permission in rules
        if permission is not None and permission.see is anybody and permission.may is anybody
    ]
    posts = {address for address, methods in for_strangers if methods - SAFE}
    reads = {address for address, methods in for_strangers if methods <= SAFE}
    assert posts <= STRANGERS_MAY_POST, sorted(posts - STRANGERS_MAY_POST)
    assert reads <= STRANGERS_MAY_READ, sorted(reads - STRANGERS_MAY_READ)


def test_the_list_for_strangers_names_only_addresses_that_exist(rules: list[Any]) -> None:
    addresses = {address for address, _, _ in rules}
    assert addresses >= STRANGERS_MAY_READ, sorted(STRANGERS_MAY_READ - addresses)


def test_the_api_is_described_and_says_no_inner_word(client: FlaskClient) -> None:
    described = client.get("/api/openapi.json").get_json()
    assert described["openapi"].startswith("3.1")
    assert len(described["paths"]) > 50
    breaches = sorted({text for text in _texts(described) if INNER.search(text)})
    breaches += sorted({name for name in _names(described) if INNER_NAME.search(_spaced(name))})
    assert not breaches, source.told(breaches, "people and programs outside read plain English")


def test_every_address_of_the_api_is_described(rules: list[Any], client: FlaskClient) -> None:
    described = json.dumps(client.get("/api/openapi.json").get_json()["paths"])
    methods = sum(
        len(methods - {"HEAD", "OPTIONS"})
        for address, methods, _ in rules
        if address.startswith("/api/")
    )
    assert described.count('"responses"') == methods


def _spaced(name: str) -> str:
    return " ".join(source.words(name))


def _names(value: Any) -> Iterator[str]:
    """Walk the keys of a JSON value: addresses, schemas, fields."""
    if isinstance(value, dict):
        yield from value
    for inner in _inside(value):
        yield from _names(inner)


def _texts(value: Any) -> Iterator[str]:
    """Walk the texts of a JSON value."""
    if isinstance(value, str):
        yield value
    for inner in _inside(value):
        yield from _texts(inner)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
