"""The browser's signed cookie: the session's token or, before sign-in, a passing one."""

from __future__ import annotations

from flask import Flask, Request, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from marketplace.accounts.credentials import tokens
from marketplace.accounts.marks import Visit

SESSION = "sid"
PASSING = "pre"


class Cookies(SecureCookieSessionInterface):
    """Read the cookie where there is one: programs send none, and opening it takes keys."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the browser's cookie holds, nothing where none came."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def session_token() -> str | None:
    """Return the token of the session the browser claims to have."""
    token = session.get(SESSION)
    return token if isinstance(token, str) else None


def any_token() -> str | None:
    """Return the token a form of this browser is bound to: the session's or the passing one."""
    token = session_token() or session.get(PASSING)
    return token if isinstance(token, str) else None


def ensure_token() -> str:
    """Return that token, making a passing one for a browser that has none."""
    token = any_token()
    if token is None:
        token = session[PASSING] = tokens.new()
    return token


def keep(token: str) -> None:
    """Keep a session's token and nothing that was there before."""
    session.clear()
    session[SESSION] = token
    session.permanent = True


def resend() -> None:
    """Send the cookie again, with a new end."""
    session.modified = True


def forget() -> None:
    """Drop everything."""
    session.clear()


def visit() -> Visit:
    """Say where this request comes from."""
    return Visit(request.remote_addr or "", request.headers.get("User-Agent", "")[:500])
