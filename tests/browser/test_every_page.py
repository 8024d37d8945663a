"""Every page on a phone, in light: nothing serious for axe, nothing sticking out at the side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from kernel.identity import STRANGER, Identity
from tests.api.pages.conftest import Town, answered, town  # noqa: F401
from tests.api.pages.test_every_page import (
    FOR_ADMINS,
    FOR_EVERYBODY,
    FOR_STRANGERS,
    FOR_WORKERS,
    OF_A_JOB,
)
from tests.browser.conftest import PHONE
from tests.browser.test_reach import serious

pytestmark = pytest.mark.browser

# What other pages fetch into themselves.
PIECES = {"/live"}
PEOPLE = ("stranger", "worker", "requester", "admin")


@pytest.mark.parametrize("person", PEOPLE)
def test_every_page_can_be_used_by_everybody_on_a_phone(
    chromium: Browser,
    app: Flask,
    address: str,
    answered: Town,  # noqa: F811
    person: str,
) -> None:
    identity = STRANGER if person == "stranger" else getattr(answered, person)
    page = chromium.new_page(viewport=PHONE)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    found = []
    for path in pages_of(person, answered):
        app.extensions["quorum_identify"] = _asker(identity)
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        width = page.evaluate("document.documentElement.scrollWidth")
        wrong = [*serious(page), *complaints, *([width] if width > PHONE["width"] else [])]
        found += [(path, wrong)] if wrong else []
        complaints.clear()
    page.close()
    assert not found


def pages_of(person: str, there: Town) -> Iterator[str]:
    """Walk the addresses that a person's pages link to."""
    if person == "stranger":
        yield from FOR_STRANGERS
        return
    yield from {"worker": FOR_WORKERS, "admin": FOR_ADMINS}.get(person, FOR_EVERYBODY)
    if person == "worker":
        yield f"/work/{there.job_id}"
    if person == "requester":
        yield from ("/jobs", "/jobs/new", "/money")
        yield from (f"/jobs/{there.job_id}{rest}" for rest in OF_A_JOB if rest not in PIECES)


def _asker(identity: Identity) -> object:
    return lambda _uow: identity
