"""Passwords, encrypted second factors and keys derived from the installation's secret."""

from __future__ import annotations

import time
from statistics import median

import pytest
from cryptography.fernet import InvalidToken

from kernel.types import new_id
from marketplace.accounts.credentials import installation, passwords, totp
from marketplace.accounts.models import User


def test_a_password_fits_its_own_hash_only() -> None:
    kept = passwords.hashed("a long walk home")
    assert kept.startswith("$argon2id$")
    assert passwords.matches(kept, "a long walk home")
    assert not passwords.matches(kept, "a long walk Home")
    assert not passwords.matches("", "a long walk home")


def test_a_password_fits_however_a_keyboard_composes_its_letters() -> None:
    assert passwords.matches(passwords.hashed("caf\u00e9 au lait"), "cafe\u0301 au lait")


def test_an_unknown_address_costs_as_much_time_as_a_wrong_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QUORUM_ARGON2", "production")
    kept = passwords.hashed("a long walk home")
    passwords.matches(None, "the first makes the hash of nobody")

    def seconds(password_hash: str | None) -> float:
        before = time.perf_counter()
        assert not passwords.matches(password_hash, "not the password")
        return time.perf_counter() - before

    known = median(seconds(kept) for _ in range(5))
    unknown = median(seconds(None) for _ in range(5))
    assert 0.3 < unknown / known < 3


def test_each_purpose_has_its_own_key() -> None:
    keys = {installation.key(purpose) for purpose in ("csrf", "totp", "limits")}
    assert len(keys) == 3 and all(len(key) == 32 for key in keys)


def test_a_second_factor_opens_under_this_installation_only() -> None:
    user = User(id=new_id(), email="root@example.org")
    secret, _uri = totp.enrol(user)
    assert user.totp_secret is not None and secret not in user.totp_secret
    assert totp.reveal(user.totp_secret) == secret
    installation.use("another secret for tests, long enough", "https://quorum.test")
    with pytest.raises(InvalidToken):
        totp.reveal(user.totp_secret)
