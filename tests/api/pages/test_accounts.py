"""People sign up, in and out, and look after their account, by forms alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from kernel.db import Database
from kernel.mail import Letter
from marketplace.config import TERMS_VERSION
from tests.api.pages.conftest import Browser

PASSWORD = "a long walk home"
ADA = {
    "as": "worker",
    "display_name": "Ada",
    "email": "ada@example.org",
    "password": PASSWORD,
    "country": "DE",
    "spoken": "de, en",
    "age_confirmed": "true",
    "terms_version": TERMS_VERSION,
}


def _sign_up(browser: Browser, **changes: Any) -> Any:
    browser.get("/sign-up")
    return browser.send("/sign-up", **{**ADA, **changes})


def _sign_in(browser: Browser, **changes: Any) -> Any:
    browser.get("/sign-in")
    return browser.send("/sign-in", **{"email": ADA["email"], "password": PASSWORD, **changes})


def test_signing_up_leads_to_the_work_with_a_letter_to_confirm(stranger: Browser) -> None:
    assert _sign_up(stranger).location == "/work"
    assert "Welcome!" in stranger.get("/work")
    assert "ada@example.org" in stranger.get("/development/letters?recipient=ADA@example.org")


def test_a_requester_founds_an_organisation_by_signing_up(stranger: Browser) -> None:
    answer = _sign_up(stranger, **{"as": "requester", "organisation_name": "Paper & Sons"})
    assert answer.location == "/jobs"
    assert "Paper &amp; Sons" in stranger.get("/jobs")


def test_a_form_with_mistakes_comes_back_with_sentences_and_what_was_written(
    stranger: Browser,
) -> None:
    answer = _sign_up(stranger, email="nowhere", display_name="Ada Lovelace", country="")
    assert answer.status_code == 422
    assert 'id="error-email"' in answer.text
    assert 'id="error-country"' in answer.text
    assert 'value="Ada Lovelace"' in answer.text
    assert PASSWORD not in answer.text


def test_a_refusal_of_the_service_stands_on_top_of_the_form(stranger: Browser) -> None:
    answer = _sign_up(stranger, password="password123")
    assert answer.status_code == 422
    assert "This password is widely used" in answer.text


def test_a_form_without_our_token_is_refused(stranger: Browser) -> None:
    stranger.get("/sign-up")
    stranger.token = "0" * 64
    assert stranger.send("/sign-up", **ADA).status_code == 403


def test_signing_out_and_in_again_leads_on_to_where_one_wanted_to_be(stranger: Browser) -> None:
    _sign_up(stranger)
    stranger.get("/account")
    assert stranger.send("/sign-out").location == "/"
    assert stranger.status("/account") == 303
    assert _sign_in(stranger, next="/earnings").location == "/earnings"
    assert "Earnings" in stranger.get("/earnings")


def test_a_wrong_password_says_so_and_no_more(stranger: Browser) -> None:
    _sign_up(stranger)
    stranger.get("/account")
    stranger.send("/sign-out")
    answer = _sign_in(stranger, password="another one entirely")
    assert answer.status_code == 403
    assert "do not belong together" in answer.text


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test", "/\\evil.test"])
def test_signing_in_never_leads_to_another_site(stranger: Browser, elsewhere: str) -> None:
    _sign_up(stranger)
    assert _sign_in(stranger, next=elsewhere).location == "/work"


def test_the_links_of_letters_work_once(stranger: Browser, database: Database) -> None:
    _sign_up(stranger)
    stranger.get("/password-reset")
    assert stranger.send("/password-reset", email="ada@example.org").location == "/sign-in"
    confirming, resetting = (_token(database, word) for word in ("confirm", "password"))
    assert stranger.send(f"/confirm/{confirming}").location == "/work"
    spent = stranger.send(f"/confirm/{confirming}")
    assert spent.status_code == 422
    assert "This link was used already" in spent.text
    done = stranger.send(f"/password-reset/{resetting}", password="a longer walk home")
    assert done.location == "/sign-in"
    assert _sign_in(stranger, password="a longer walk home").location == "/work"


def test_a_key_is_shown_once_and_can_be_revoked(stranger: Browser) -> None:
    _sign_up(stranger)
    stranger.get("/account/keys")
    shown = stranger.send("/account/keys", name="nightly", scopes=["work:read", "work:write"])
    assert shown.status_code == 201
    token = re.search(r"qk_[\w-]{40,}", shown.text)
    assert token
    page = stranger.get("/account/keys")
    assert "nightly" in page
    assert token[0] not in page
    revoke = re.search(r"/account/keys/[\w-]+/revoke", page)
    assert revoke
    assert stranger.send(revoke[0]).location == "/account/keys"
    assert f'action="{revoke[0]}"' not in stranger.get("/account/keys")


def test_erasing_needs_the_word_and_ends_the_account(stranger: Browser) -> None:
    _sign_up(stranger)
    stranger.get("/account")
    refused = stranger.send("/account/erase", word="yes")
    assert refused.status_code == 422
    assert stranger.send("/account/erase", word="erase").location == "/"
    assert _sign_in(stranger).status_code == 403


def test_a_person_takes_their_data_along_without_secrets(stranger: Browser) -> None:
    _sign_up(stranger)
    data = stranger.client.get("/account/data.json").get_json()
    assert data["users"][0]["email"] == "ada@example.org"
    assert "password_hash" not in data["users"][0]
    assert data["workers"][0]["languages"] == ["de", "en"]


def _token(database: Database, word: str) -> str:
    """Return the token of the last letter whose subject has this word."""
    with database.unit_of_work() as uow:
        for letter in uow.session.scalars(select(Letter).order_by(Letter.id.desc())):
            found = re.search(r"(?:token=|/)([\w-]{40,})", letter.body)
            if word in letter.subject.lower() and found:
                return found[1]
    raise AssertionError(f"no letter about {word}")
