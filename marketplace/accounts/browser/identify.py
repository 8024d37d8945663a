"""Identify who is asking, from an API key or a session's cookie, in one statement."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Flask, request
from sqlalchemy import Row, Select, String, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from kernel.db import UnitOfWork
from kernel.errors import Denied
from kernel.identity import STRANGER, Identity
from kernel.settings import Settings
from kernel.web.limits import Limits
from marketplace.accounts.browser import cookie, csrf
from marketplace.accounts.credentials import installation, sessions, tokens
from marketplace.accounts.models import ApiKey, Member, Organisation, User, WebSession


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
    found = uow.session.execute(
        _person(WebSession.signed_in_at, WebSession.second_factor_at, WebSession.expires_at)
        .join(WebSession, WebSession.user_id == User.id)
        .where(WebSession.token_digest == digest, WebSession.expires_at > uow.now)
    ).one_or_none()
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
    found = uow.session.execute(
        _person(ApiKey.organisation_id, ApiKey.scopes, ApiKey.expires_at)
        .join(ApiKey, ApiKey.user_id == User.id)
        .where(ApiKey.token_digest == tokens.digest(token), ApiKey.revoked_at.is_(None))
    ).one_or_none()
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


def _person(*more: InstrumentedAttribute[Any]) -> Select[Any]:
    """Select a person with all they act for: one row whatever the number of organisations."""
    acts_for = (
        select(
            func.jsonb_object_agg(
                cast(Member.organisation_id, String),
                func.jsonb_build_array(Member.role, Organisation.name),
            )
        )
        .join(Organisation, Organisation.id == Member.organisation_id)
        .where(Member.user_id == User.id)
        .correlate(User)
        .scalar_subquery()
    )
    return select(
        User.id,
        User.worker_id,
        User.display_name,
        User.is_admin,
        User.email_confirmed_at,
        acts_for.label("acts_for"),
        *more,
    ).where(User.erased_at.is_(None))


def _organisations(found: Row[Any]) -> tuple[dict[UUID, str], dict[UUID, str]]:
    pairs = {UUID(key): pair for key, pair in (found.acts_for or {}).items()}
    roles = {key: role for key, (role, _name) in pairs.items()}
    return roles, {key: name for key, (_role, name) in pairs.items()}


def _slide(uow: UnitOfWork, digest: bytes, expires_at: datetime) -> None:
    """Prolong a session in use, at most once an hour."""
    if uow.now + sessions.LASTING - expires_at >= sessions.SLIDE_EVERY:
        sessions.slide(uow, digest)
        cookie.resend()
