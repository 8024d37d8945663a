"""Sign people in and out, show the password again, and choose a new one."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import NoReturn

from kernel.db import UnitOfWork
from kernel.errors import Denied
from kernel.web.limits import Limits, TooMany
from marketplace.accounts import letters, marks, queries
from marketplace.accounts.credentials import installation, passwords, sessions, tokens, totp
from marketplace.accounts.marks import Visit
from marketplace.accounts.models import User

FAILURES_PER_ACCOUNT = "10 per 15 minutes"
FAILURES_PER_ADDRESS = "100 per 15 minutes"
RESETS_PER_ACCOUNT = "5 per 1 hour"


@dataclass(frozen=True)
class Credentials:
    """Hold what a person shows to sign in."""

    email: str
    password: str
    code: str = ""


@dataclass(frozen=True)
class SignedIn:
    """Hold who signed in, the token for the cookie, and whether an admin still owes a code."""

    user: User
    token: str
    needs_code: bool


def sign_in(uow: UnitOfWork, limits: Limits, credentials: Credentials, visit: Visit) -> SignedIn:
    """Open a session for the right address and password; a code makes an admin's rights awake."""
    user = _prove(uow, limits, credentials, visit)
    has_factor = _second_factor(uow, limits, user, credentials.code, visit)
    sessions.end(uow, uow.identity.session_id)
    return begin(uow, user, visit, has_second_factor=has_factor)


def begin(
    uow: UnitOfWork, user: User, visit: Visit, *, has_second_factor: bool = False
) -> SignedIn:
    """Open a session for a person whose identity is proven, and mark where from."""
    token = sessions.create(uow, user.id, has_second_factor=has_second_factor)
    marks.mark(uow, user.id, "sign_in", visit.address, visit.device)
    return SignedIn(user, token, user.is_admin and not has_second_factor)


def sign_out(uow: UnitOfWork) -> None:
    """End the asker's session."""
    sessions.end(uow, uow.identity.session_id)


def refresh(uow: UnitOfWork, limits: Limits, password: str, code: str, visit: Visit) -> SignedIn:
    """Make a session fresh again: the password, and an admin's code, are shown once more."""
    session_id, user_id = uow.identity.session_id, uow.identity.user_id
    assert session_id and user_id, "the permission lets only people at a browser through"
    email = queries.user(uow, user_id).email or ""
    user = _prove(uow, limits, Credentials(email, password), visit)
    has_factor = _second_factor(uow, limits, user, code, visit)
    token = sessions.renew(uow, session_id, has_second_factor=has_factor)
    kept = uow.identity.second_factor_at is not None
    return SignedIn(user, token, user.is_admin and not (has_factor or kept))


def ask_reset(uow: UnitOfWork, limits: Limits, email: str) -> None:
    """Write a letter that lets a person choose a new password; say nothing of whether it did."""
    email = queries.normalised(email)
    try:
        limits.check(RESETS_PER_ACCOUNT, "reset", _account_key(email))
    except TooMany:
        return
    limits.hit(RESETS_PER_ACCOUNT, "reset", _account_key(email))
    user = queries.user_by_email(uow, email)
    if user is not None:
        letters.offer_reset(uow, user)


def reset(uow: UnitOfWork, token: str, password: str) -> User:
    """Set a new password by a letter's link; every session ends, API keys stay."""
    user = queries.user(uow, tokens.spend(uow, token, tokens.Purpose.RESET_PASSWORD))
    passwords.check_choice(password, user.email or "")
    user.password_hash = passwords.hashed(password)
    user.email_confirmed_at = user.email_confirmed_at or uow.now
    tokens.spend_all(uow, user.id)
    sessions.end_all(uow, user.id)
    letters.tell_password_changed(uow, user)
    return user


def _prove(uow: UnitOfWork, limits: Limits, credentials: Credentials, visit: Visit) -> User:
    """Return the person whose address and password these are."""
    email = queries.normalised(credentials.email)
    limits.check(FAILURES_PER_ACCOUNT, "sign_in", _account_key(email))
    limits.check(FAILURES_PER_ADDRESS, "sign_in_from", visit.address)
    user = queries.user_by_email(uow, email)
    fits = passwords.matches(user.password_hash if user else None, credentials.password)
    if user is None or not fits:
        sentence = "This address and this password do not belong together."
        _fail(limits, email, visit, Denied("sign_in_failed", sentence))
    if passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hashed(credentials.password)
    return user


def _second_factor(uow: UnitOfWork, limits: Limits, user: User, code: str, visit: Visit) -> bool:
    """Tell whether a second factor was shown; only admins have one, and a wrong code is refused."""
    if not user.is_admin or not code:
        return False
    if not totp.accept(uow, user, code):
        sentence = "This code is not right or was used already. Please wait for the next one."
        _fail(limits, user.email or "", visit, Denied("code_wrong", sentence))
    return True


def _fail(limits: Limits, email: str, visit: Visit, refusal: Denied) -> NoReturn:
    limits.hit(FAILURES_PER_ACCOUNT, "sign_in", _account_key(email))
    limits.hit(FAILURES_PER_ADDRESS, "sign_in_from", visit.address)
    raise refusal


def _account_key(email: str) -> str:
    # Counters live outside the database, so they hold no addresses.
    return hmac.digest(installation.key("limits"), email.encode(), hashlib.sha256).hex()
