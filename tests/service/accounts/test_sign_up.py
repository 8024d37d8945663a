"""Signing up, confirming an address, and making admins."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from kernel.clock import Clock
from kernel.db import Database, UnitOfWork
from kernel.errors import Conflict, DomainError, Refused
from kernel.web.limits import Limits, TooMany
from marketplace.accounts import queries, sign_up
from marketplace.accounts.models import Member, User
from tests.service.accounts.builders import (
    PASSWORD,
    VISIT,
    NoLimits,
    a_person,
    a_registration,
    letters_to,
    link_token,
)
from workers.models import Worker


@pytest.fixture
def uow(database: Database) -> Iterator[UnitOfWork]:
    """One unit of work with another person already here."""
    with database.unit_of_work() as unit:
        a_person(unit)
        yield unit


def test_a_worker_signs_up_with_a_worker_row_and_a_letter(uow: UnitOfWork) -> None:
    user = a_person(uow, email="ada@example.org", country="IN", languages=("hi",))
    worker = uow.session.get(Worker, user.worker_id)
    assert worker is not None and (worker.country, worker.languages) == ("IN", ["hi"])
    [letter] = letters_to(uow, "ada@example.org")
    assert "https://quorum.test/confirm/" in letter.body
    assert letter.subject == "Please confirm your address"


def test_a_requester_signs_up_as_the_owner_of_a_new_organisation(uow: UnitOfWork) -> None:
    order = a_registration(kind="requester", organisation_name="Acme")
    made = sign_up.sign_up(uow, NoLimits(), order, VISIT)
    [(organisation, role)] = queries.organisations_of(uow, made.user.id)
    assert (organisation.id, organisation.name, role) == (made.organisation_id, "Acme", "owner")
    assert made.user.worker_id is None


def test_an_address_is_kept_trimmed_and_in_lower_case(uow: UnitOfWork) -> None:
    user = a_person(uow, email="  Ada@Example.ORG ")
    assert user.email == "ada@example.org"
    assert queries.user_by_email(uow, "ADA@example.org") is user


def test_an_address_that_is_taken_is_refused(uow: UnitOfWork) -> None:
    a_person(uow, email="ada@example.org")
    with pytest.raises(Conflict) as refusal:
        a_person(uow, email="Ada@example.org")
    assert refusal.value.code == "address_taken"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"age_confirmed": False}, "age_not_confirmed"),
        ({"terms_version": "2020-01"}, "terms_outdated"),
        ({"country": "XX"}, "country_unknown"),
        ({"country": "de"}, "country_unknown"),
        ({"kind": "requester"}, "organisation_name_missing"),
        ({"password": "too short"}, "password_length"),
        ({"password": "x" * 201}, "password_length"),
        ({"password": "Password123"}, "password_common"),
        (
            {"password": "Someone@Example.org", "email": "someone@example.org"},
            "password_is_address",
        ),
        ({"password": "long-local-part", "email": "Long-Local-Part@x.org"}, "password_is_address"),
    ],
)
def test_a_sign_up_that_breaks_a_rule_is_refused(
    uow: UnitOfWork, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        a_person(uow, **changes)
    assert refusal.value.code == code


def test_two_sign_ups_with_one_address_at_once_make_one_person(database: Database) -> None:
    def attempt(_number: int) -> str:
        try:
            with database.unit_of_work() as uow:
                a_person(uow, email="ada@example.org")
        except DomainError as refusal:
            return refusal.code
        return "made"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(attempt, range(4)))
    assert sorted(outcomes) == ["address_taken"] * 3 + ["made"]
    with database.unit_of_work() as uow:
        assert uow.session.scalar(select(func.count()).select_from(User)) == 1
        assert uow.session.scalar(select(func.count()).select_from(Worker)) == 1


def test_sign_ups_from_one_address_are_limited(
    uow: UnitOfWork, limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_up, "SIGN_UPS", "2 per 1 hour")
    for _ in range(2):
        sign_up.sign_up(uow, limits, a_registration(), VISIT)
    with pytest.raises(TooMany):
        sign_up.sign_up(uow, limits, a_registration(), VISIT)


def test_the_link_of_the_letter_confirms_the_address_once(uow: UnitOfWork) -> None:
    user = a_person(uow, email="ada@example.org")
    [letter] = letters_to(uow, "ada@example.org")
    assert not queries.is_confirmed(uow, user.id)
    assert sign_up.confirm(uow, link_token(letter)) is user
    uow.session.flush()
    assert queries.is_confirmed(uow, user.id)
    with pytest.raises(Refused, match="used already"):
        sign_up.confirm(uow, link_token(letter))


def test_a_link_that_is_too_old_confirms_nothing(database: Database, clock: Clock) -> None:
    with database.unit_of_work() as uow:
        user = a_person(uow, email="ada@example.org")
        token = link_token(letters_to(uow, "ada@example.org")[0])
    clock.advance(timedelta(days=7, seconds=1))
    with database.unit_of_work() as uow:
        with pytest.raises(Refused):
            sign_up.confirm(uow, token)
        assert not queries.is_confirmed(uow, user.id)


def test_the_letter_can_be_asked_for_again_five_times_an_hour(
    uow: UnitOfWork, limits: Limits
) -> None:
    user = a_person(uow, email="ada@example.org")
    for _ in range(8):
        sign_up.ask_again(uow, limits, user)
    assert len(letters_to(uow, "ada@example.org")) == 1 + 5


def test_who_has_confirmed_gets_no_further_letter(uow: UnitOfWork, limits: Limits) -> None:
    user = a_person(uow, email="ada@example.org")
    user.email_confirmed_at = uow.now
    sign_up.ask_again(uow, limits, user)
    assert len(letters_to(uow, "ada@example.org")) == 1


def test_an_admin_is_made_with_a_second_factor(uow: UnitOfWork) -> None:
    made = sign_up.make_admin(uow, "Root@example.org", PASSWORD)
    assert made.user.is_admin and made.user.email == "root@example.org"
    assert made.totp_uri.startswith("otpauth://totp/Quorum:root%40example.org")
    assert made.totp_secret not in (made.user.totp_secret or "")
    assert [entry["act"] for entry in uow.audits if entry["act"] == "admin.made"]


def test_a_person_who_is_here_can_be_made_an_admin(uow: UnitOfWork) -> None:
    user = a_person(uow, email="ada@example.org")
    before = user.password_hash
    made = sign_up.make_admin(uow, "ada@example.org", "another long walk")
    assert made.user is user and user.is_admin and user.password_hash != before
    assert uow.session.scalar(select(func.count()).select_from(Member)) == 0
