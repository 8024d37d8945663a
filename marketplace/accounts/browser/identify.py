"""Identify who is asking, from an API key or a session's cookie, in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Flask, request
from sqlalchemy import Row

from kernel.db import UnitOfWork
from kernel.errors import Denied
from kernel.identity import STRANGER, Identity
from kernel.settings import Settings
from kernel.sql import prepared
from kernel.sql.prepared import Prepared
from kernel.web.limits import Limits
from marketplace.accounts.browser import cookie, csrf
from marketplace.accounts.credentials import installation, sessions, tokens


class KeyInvalid(Denied):
    """Say that the API key sent opens nothing."""

    status = 401
    title = "Not signed in"


def install(app: Flask, settings: Settings) -> None:
    """Give an app its way of telling who is asking, its cookie, its limits and `csrf_token()`."""
    installation.use(settings.secret_key, settings.public_url)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        # The prefix makes browsers hold the cookie to this host and to HTTPS.
        SESSION_COOKIE_NAME="__Host-quorum" if settings.production else "quorum",
        SESSION_COOKIE_SECURE=settings.production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # A late answer must not bring back a session's token that was exchanged meanwhile.
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=sessions.LASTING,
    )
    app.session_interface = cookie.Cookies()
    app.extensions["quorum_identify"] = identify
    app.extensions["quorum_limits"] = Limits(settings.redis_url)
    app.jinja_env.globals["csrf_token"] = csrf.csrf_token


def identify(uow: UnitOfWork) -> Identity:
    """Return who is asking; refuse a bad key, and an unsafe request a browser did not mean.

    A cookie whose session has ended makes a stranger. A key never carries an admin's rights, nor a
    role its person has lost since.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _by_key(uow, token.strip())
    identity = _by_cookie(uow)
    csrf.check(identity)
    return identity


def _by_cookie(uow: UnitOfWork) -> Identity:
    token = cookie.session_token()
    if token is None:
        return STRANGER
    digest = tokens.digest(token)
    found = _one(uow, _BY_COOKIE, {"digest": digest, "now": uow.now})
    if found is None:
        return STRANGER
    _slide(uow, digest, found.expires_at)
    roles, names = _organisations(found)
    return Identity(
        user_id=found.id,
        worker_id=found.worker_id,
        roles=roles,
        organisation_names=names,
        is_admin=found.is_admin,
        is_confirmed=found.email_confirmed_at is not None,
        display_name=found.display_name,
        session_id=digest.hex(),
        signed_in_at=found.signed_in_at,
        second_factor_at=found.second_factor_at,
    )


def _by_key(uow: UnitOfWork, token: str) -> Identity:
    found = _one(uow, _BY_KEY, {"digest": tokens.digest(token)})
    if found is None or (found.expires_at is not None and found.expires_at <= uow.now):
        sentence = "This API key is unknown, revoked or expired. Please make a new one."
        raise KeyInvalid("key_invalid", sentence)
    roles, names = _organisations(found)
    limit = found.organisation_id
    return Identity(
        user_id=found.id,
        worker_id=found.worker_id if limit is None else None,
        roles={key: role for key, role in roles.items() if limit in (None, key)},
        organisation_names={key: name for key, name in names.items() if limit in (None, key)},
        is_confirmed=found.email_confirmed_at is not None,
        scopes=frozenset(found.scopes),
        display_name=found.display_name,
    )


def _one(uow: UnitOfWork, statement: Prepared, values: Mapping[str, Any]) -> Row[Any] | None:
    found = prepared.rows(uow, statement, values)
    return found[0] if found else None


def _organisations(found: Row[Any]) -> tuple[dict[UUID, str], dict[UUID, str]]:
    pairs = {UUID(key): pair for key, pair in (found.acts_for or {}).items()}
    roles = {key: role for key, (role, _name) in pairs.items()}
    return roles, {key: name for key, (_role, name) in pairs.items()}


def _slide(uow: UnitOfWork, digest: bytes, expires_at: datetime) -> None:
    """Prolong a session in use, at most once an hour."""
    if uow.now + sessions.LASTING - expires_at >= sessions.SLIDE_EVERY:
        sessions.slide(uow, digest)
        cookie.resend()


# One row whatever the number of organisations a person acts for.
_PERSON = """u.id, u.worker_id, u.display_name, u.is_admin, u.email_confirmed_at,
    (SELECT jsonb_object_agg(m.organisation_id::text, jsonb_build_array(m.role, o.name))
     FROM members m JOIN organisations o ON o.id = m.organisation_id
     WHERE m.user_id = u.id) AS acts_for"""
_BY_KEY = prepared.statement(
    f"""
SELECT {_PERSON}, k.organisation_id, k.scopes, k.expires_at
FROM api_keys k JOIN users u ON u.id = k.user_id
WHERE k.token_digest = :digest AND k.revoked_at IS NULL AND u.erased_at IS NULL
"""
)
_BY_COOKIE = prepared.statement(
    f"""
SELECT {_PERSON}, s.signed_in_at, s.second_factor_at, s.expires_at
FROM web_sessions s JOIN users u ON u.id = s.user_id
WHERE s.token_digest = :digest AND s.expires_at > :now AND u.erased_at IS NULL
"""
)
