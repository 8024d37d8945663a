"""An owner invites by letter; who signs up with that address and confirms it is a member."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from kernel.db import Database
from kernel.identity import Identity
from marketplace.accounts import invitations
from marketplace.accounts.models import User
from marketplace.config import TERMS_VERSION
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]
NEW = "new@example.org"
PERSON: dict[str, Any] = {
    "as": "requester",
    "display_name": "Nora New",
    "email": NEW,
    "password": "a long sample password",
    "country": "DE",
    "age_confirmed": "true",
    "terms_version": TERMS_VERSION,
}


def _invited(browser: Browser, town: Town, email: str = NEW) -> str:
    """Invite an address and return the way to sign up that its letter names."""
    here = f"/organisations/{town.organisation_id}"
    browser.get(here)
    assert browser.send(f"{here}/members", email=email, role="reviewer").location == here
    letter = browser.get(f"/development/letters?recipient={email.lower()}")
    found = re.findall(r"/sign-up\?as=requester&amp;invitation=[0-9a-f-]{36}", letter)
    return found[0].replace("&amp;", "&") if found else ""


def test_who_is_invited_joins_by_confirming_the_address(
    browsing: Browsing, town: Town, stranger: Browser
) -> None:
    owner = browsing(town.requester)
    way = _invited(owner, town, "New@Example.org")
    assert NEW in owner.get(f"/organisations/{town.organisation_id}")
    page = stranger.get(way)
    assert "You were invited to an organisation" in page
    invitation = way.rpartition("=")[2]
    assert stranger.send("/sign-up", **PERSON, invitation=invitation).status_code == 303
    assert "Nora New" not in owner.get(f"/organisations/{town.organisation_id}")
    letter = stranger.get(f"/development/letters?recipient={NEW}")
    token = re.findall(r"/confirm/([\w-]{20,})", letter)[0]
    stranger.get(f"/confirm/{token}")
    stranger.send(f"/confirm/{token}")
    page = browsing(town.requester).get(f"/organisations/{town.organisation_id}")
    assert "Nora New" in page
    assert "<h2" in page and ">Invited<" not in page


def test_without_an_invitation_a_requester_founds_an_organisation(
    browsing: Browsing, town: Town, stranger: Browser
) -> None:
    way = _invited(browsing(town.requester), town)
    invitation = way.rpartition("=")[2]
    stranger.get("/sign-up")
    other = stranger.send("/sign-up", **{**PERSON, "email": "x@example.org"}, invitation=invitation)
    assert other.status_code == 422
    assert "name the organisation" in other.text


def test_who_has_signed_up_becomes_a_member_at_once(
    browsing: Browsing, town: Town, database: Database
) -> None:
    with database.unit_of_work() as uow:
        email = uow.get(User, town.worker.user_id, "gone").email
    assert email
    browser = browsing(town.requester)
    assert _invited(browser, town, email) == ""
    assert email in browser.get(f"/organisations/{town.organisation_id}")


def test_an_invitation_is_withdrawn_or_ends(
    browsing: Browsing, town: Town, database: Database
) -> None:
    browser = browsing(town.requester)
    way = _invited(browser, town)
    _invited(browser, town)
    with database.unit_of_work() as uow:
        assert len(invitations.waiting(uow, town.organisation_id)) == 1
    invitation = way.rpartition("=")[2]
    outsider = browsing(town.outsider)
    assert outsider.send(f"/invitations/{invitation}/withdraw").status_code == 404
    browser = browsing(town.requester)
    browser.send(f"/invitations/{invitation}/withdraw")
    assert ">Invited<" not in browser.get(f"/organisations/{town.organisation_id}")
    _invited(browser, town)
    database.clock.advance(timedelta(days=15))
    assert ">Invited<" not in browser.get(f"/organisations/{town.organisation_id}")
