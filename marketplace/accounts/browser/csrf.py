"""Forged requests: an unsafe request of a browser must come from our pages, with our token."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from flask import request

from kernel.errors import Denied
from kernel.identity import Identity
from kernel.web.http import SAFE_METHODS
from marketplace.accounts.browser import cookie
from marketplace.accounts.credentials import installation

HEADER = "X-CSRFToken"
FIELD = "csrf_token"
# The kinds of body another site's form can send without asking us first (Fetch, "simple").
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
OWN_SITES = frozenset({"same-origin", "none"})


def csrf_token() -> str:
    """Return the token that forms and scripts of this browser send back."""
    return _sign(cookie.ensure_token())


def check(identity: Identity) -> None:
    """Refuse an unsafe request that another site may have made this browser send.

    A stranger's JSON needs no token: other sites cannot send it without a preflight.
    """
    if request.method in SAFE_METHODS:
        return
    _check_origin()
    if identity.is_stranger and request.mimetype not in FORM_TYPES:
        return
    bound_to = cookie.any_token()
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if bound_to is None or not hmac.compare_digest(_sign(bound_to).encode(), given.encode()):
        sentence = "This page was open for too long. Please reload it and try again."
        raise Denied("csrf_invalid", sentence)


def _check_origin() -> None:
    """Believe what the browser says of where a request began, when it says so."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    ours = {_origin(request.host_url), _origin(installation.address())}
    if (site and site not in OWN_SITES) or (origin and _origin(origin) not in ours):
        sentence = "This request came from another site, so we did not follow it."
        raise Denied("origin_foreign", sentence)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _sign(token: str) -> str:
    return hmac.digest(installation.key("csrf"), token.encode(), hashlib.sha256).hex()
