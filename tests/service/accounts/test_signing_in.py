"""Signing in and out, fresh sign-ins, second factors and new passwords."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select

from kernel import permissions
from kernel.clock import Clock
from kernel.db import Database, UnitOfWork
from kernel.errors import Denied, Refused
from kernel.web.limits import Limits, TooMany
from marketplace.accounts import marks, sign_up, signing_in
from marketplace.accounts.credentials import passwords, sessions, tokens
from marketplace.accounts.models import ApiKey, SignInMark, WebSession
from marketplace.accounts.signing_in import Credentials
from tests.service.accounts.builders import (
    PASSWORD,
    VISIT,
    NoLimits,
    a_person,
    as_person,
    letters_to,
    link_token,
)

ADA = "ada@example.org"


def sign_in(uow: UnitOfWork, password: str = PASSWORD, code: str = "") -> signing_in.SignedIn:
    return signing_in.sign_in(uow, NoLimits(), Credentials(ADA, password, code), VISIT)


def sessions_count(uow: UnitOfWork) -> int:
    uow.session.flush()
    return uow.session.scalar(select(func.count()).select_from(WebSession)) or 0


def test_the_right_password_opens_a_session_and_leaves_a_mark(database: Database) -> None:
    with database.unit_of_work() as uow:
        user = a_person(uow, email=ADA)
        signed_in = sign_in(uow)
        row = uow.session.get(WebSession, tokens.digest(signed_in.token))
        assert row is not None and row.user_id == user.id
        assert row.expires_at == uow.now + timedelta(days=30)
        assert uow.session.scalars(select(SignInMark.user_id)).all() == [user.id]


def test_what_happens_all_day_is_marked_once_a_day_even_when_the_first_try_is_undone(
    database: Database, clock: Clock
) -> None:
    def mark() -> int:
        with database.unit_of_work() as uow:
            marks.mark_often(uow, user_id, "claim", VISIT)
            if uow.now < undone_until:
                raise Denied("undone", "This try is undone.")
            return len(uow.session.scalars(select(SignInMark.id)).all())

    with database.unit_of_work() as uow:
        user_id = a_person(uow, email=ADA).id
    undone_until = clock.now() + timedelta(hours=1)
    with pytest.raises(Denied):
        mark()
    clock.advance(timedelta(hours=2))
    assert [mark(), mark()] == [1, 1]
    clock.advance(timedelta(days=1))
    assert mark() == 2


@pytest.mark.parametrize("email", [ADA, "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_address_are_told_apart_by_nothing(
    database: Database, email: str
) -> None:
    with database.unit_of_work() as uow:
        a_person(uow, email=ADA)
        with pytest.raises(Denied) as refusal:
            wrong = Credentials(email, "not the password")
            signing_in.sign_in(uow, NoLimits(), wrong, VISIT)
    assert refusal.value.code == "sign_in_failed"
    assert refusal.value.sentence == "This address and this password do not belong together."


def test_an_account_is_closed_for_a_while_after_ten_failures(
    database: Database, limits: Limits
) -> None:
    with database.unit_of_work() as uow:
        a_person(uow, email=ADA)
        for _ in range(10):
            with pytest.raises(Denied):
                signing_in.sign_in(uow, limits, Credentials(ADA, "wrong wrong"), VISIT)
        with pytest.raises(TooMany):
            signing_in.sign_in(uow, limits, Credentials(ADA, PASSWORD), VISIT)
        a_person(uow, email="bob@example.org")
        signing_in.sign_in(uow, limits, Credentials("bob@example.org", PASSWORD), VISIT)


def test_right_passwords_use_up_no_tries(database: Database, limits: Limits) -> None:
    with database.unit_of_work() as uow:
        a_person(uow, email=ADA)
        for _ in range(12):
            signing_in.sign_in(uow, limits, Credentials(ADA, PASSWORD), VISIT)


def test_a_hash_of_old_parameters_is_made_anew_at_sign_in(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.unit_of_work() as uow:
        user = a_person(uow, email=ADA)
        before = user.password_hash
        monkeypatch.setenv("QUORUM_ARGON2", "production")
        sign_in(uow)
        assert user.password_hash != before and "m=19456,t=2,p=1" in user.password_hash
        assert not passwords.is_outdated(user.password_hash)
        sign_in(uow)


def test_an_admin_without_a_code_has_no_second_factor(database: Database) -> None:
    with database.unit_of_work() as uow:
        sign_up.make_admin(uow, ADA, PASSWORD)
        signed_in = sign_in(uow)
        row = uow.session.get(WebSession, tokens.digest(signed_in.token))
        assert signed_in.needs_code and row is not None and row.second_factor_at is None


def test_a_code_is_accepted_once(database: Database) -> None:
    with database.unit_of_work() as uow:
        made = sign_up.make_admin(uow, ADA, PASSWORD)
        code = pyotp.TOTP(made.totp_secret).at(uow.now)
        signed_in = sign_in(uow, code=code)
        row = uow.session.get(WebSession, tokens.digest(signed_in.token))
        assert not signed_in.needs_code and row is not None and row.second_factor_at == uow.now
        with pytest.raises(Denied) as refusal:
            sign_in(uow, code=code)
        assert refusal.value.code == "code_wrong"


@pytest.mark.parametrize(("seconds", "fits"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_clock_may_be_one_step_off(database: Database, seconds: int, fits: bool) -> None:
    with database.unit_of_work() as uow:
        made = sign_up.make_admin(uow, ADA, PASSWORD)
        code = pyotp.TOTP(made.totp_secret).at(uow.now + timedelta(seconds=seconds))
        if fits:
            assert not sign_in(uow, code=code).needs_code
        else:
            with pytest.raises(Denied):
                sign_in(uow, code=code)


def test_wrong_codes_count_as_failures(database: Database, limits: Limits) -> None:
    with database.unit_of_work() as uow:
        sign_up.make_admin(uow, ADA, PASSWORD)
        for _ in range(10):
            with pytest.raises(Denied):
                signing_in.sign_in(uow, limits, Credentials(ADA, PASSWORD, "no"), VISIT)
        with pytest.raises(TooMany):
            signing_in.sign_in(uow, limits, Credentials(ADA, PASSWORD), VISIT)


def test_refreshing_makes_a_session_fresh_under_a_new_token(
    database: Database, clock: Clock
) -> None:
    with database.unit_of_work() as uow:
        user = a_person(uow, email=ADA)
        old = sign_in(uow).token
        born = uow.now
    clock.advance(timedelta(hours=2))
    with database.unit_of_work() as uow:
        as_person(uow, user, session_id=tokens.digest(old).hex(), signed_in_at=born)
        with pytest.raises(Denied) as refusal:
            permissions.check_fresh(uow.identity, uow.now)
        assert refusal.value.code == "sign_in_again"
        new = signing_in.refresh(uow, NoLimits(), PASSWORD, "", VISIT).token
        row = uow.session.get(WebSession, tokens.digest(new))
        assert uow.session.get(WebSession, tokens.digest(old)) is None
        assert row is not None and row.signed_in_at == uow.now
        as_person(uow, user, signed_in_at=row.signed_in_at)
        permissions.check_fresh(uow.identity, uow.now)


def test_refreshing_asks_for_the_right_password(database: Database) -> None:
    with database.unit_of_work() as uow:
        user = a_person(uow, email=ADA)
        as_person(uow, user, session_id=tokens.digest(sign_in(uow).token).hex())
        with pytest.raises(Denied):
            signing_in.refresh(uow, NoLimits(), "not the password", "", VISIT)


def test_a_new_password_ends_every_session_and_keeps_keys(database: Database) -> None:
    with database.unit_of_work() as uow:
        user = a_person(uow, email=ADA)
        sessions.create(uow, a_person(uow).id, has_second_factor=False)
        sign_in(uow)
        sign_in(uow)
        key = ApiKey(
            id=user.id, token_digest=bytes(32), user_id=user.id, name="k", prefix="qk_",
            scopes=["jobs:read"], created_at=uow.now,
        )  # fmt: skip
        uow.session.add(key)
        signing_in.ask_reset(uow, NoLimits(), " ADA@example.org ")
        token = link_token(letters_to(uow, ADA)[-1])
        signing_in.reset(uow, token, "a new long walk")
        assert sessions_count(uow) == 1 and key.revoked_at is None
        assert letters_to(uow, ADA)[-1].subject == "Your password has changed"
        assert user.email_confirmed_at == uow.now
        with pytest.raises(Denied):
            sign_in(uow, PASSWORD)
        sign_in(uow, "a new long walk")
        with pytest.raises(Refused):
            signing_in.reset(uow, token, "yet another walk")


def test_a_used_reset_spoils_every_other_link(database: Database) -> None:
    with database.unit_of_work() as uow:
        a_person(uow, email=ADA)
        signing_in.ask_reset(uow, NoLimits(), ADA)
        signing_in.ask_reset(uow, NoLimits(), ADA)
        first, second = (link_token(letter) for letter in letters_to(uow, ADA)[-2:])
        signing_in.reset(uow, second, "a new long walk")
        with pytest.raises(Refused):
            signing_in.reset(uow, first, "an older long walk")


def test_a_link_that_confirms_an_address_resets_no_password(database: Database) -> None:
    with database.unit_of_work() as uow:
        a_person(uow, email=ADA)
        token = link_token(letters_to(uow, ADA)[0])
        with pytest.raises(Refused):
            signing_in.reset(uow, token, "a new long walk")


def test_resets_are_limited_and_say_nothing(database: Database, limits: Limits) -> None:
    with database.unit_of_work() as uow:
        a_person(uow, email=ADA)
        for _ in range(8):
            signing_in.ask_reset(uow, limits, ADA)
            signing_in.ask_reset(uow, limits, "nobody@example.org")
        assert len(letters_to(uow, ADA)) == 1 + 5
        assert letters_to(uow, "nobody@example.org") == []
