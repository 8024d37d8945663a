"""Who may do what: named permissions, each one line of tests, denied by default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from kernel.errors import Denied, Missing
from kernel.identity import Identity

FRESH = timedelta(minutes=15)
Test = Callable[[Identity, Any], bool]


@dataclass(frozen=True)
class Permission:
    """Name one thing that may be done: who may know of its subject, who may do it.

    `scope` is what an API key must carry; None keeps keys out altogether.
    """

    name: str
    see: Test
    may: Test
    scope: str | None
    refusal: str


DECLARED: dict[str, Permission] = {}


def anybody(_identity: Identity, _subject: Any) -> bool:
    """Pass everyone, strangers too."""
    return True


def signed_in(identity: Identity, _subject: Any) -> bool:
    """Pass everyone who has signed in."""
    return not identity.is_stranger


def is_admin(identity: Identity, _subject: Any) -> bool:
    """Pass admins who have shown their second factor."""
    return identity.is_admin and identity.second_factor_at is not None


def check_fresh(identity: Identity, now: datetime) -> None:
    """Refuse what needs a fresh sign-in when the password was shown more than 15 minutes ago."""
    if identity.is_system:
        return
    if identity.signed_in_at is None or now - identity.signed_in_at > FRESH:
        raise Denied("sign_in_again", "Please show your password again before you do this.")


def permission(
    name: str,
    *,
    may: Test,
    see: Test = signed_in,
    scope: str | None = None,
    refusal: str = "Your account may not do this.",
) -> Permission:
    """Declare a permission once; its name is `thing:verb`."""
    if name in DECLARED:
        raise ValueError(f"Declared twice: {name}")
    DECLARED[name] = Permission(name, see, may, scope, refusal)
    return DECLARED[name]


def authorize(identity: Identity, wanted: Permission, subject: Any = None) -> None:
    """Let the asker pass; raise Denied to the unentitled and Missing to outsiders."""
    if identity.is_system:
        return
    if identity.is_stranger and wanted.see is not anybody:
        raise Denied("sign_in_needed", "Please sign in first.")
    if _lacks_only_the_code(identity, wanted, subject):
        raise Denied("second_factor_needed", "Please show the code of your authenticator first.")
    if not wanted.see(identity, subject):
        raise Missing("not_found", "There is nothing at this address.")
    by_key = identity.scopes is not None and wanted.may is not anybody
    if by_key and wanted.scope not in (identity.scopes or ()):
        scope = wanted.scope or "a signed-in person"
        raise Denied("scope_missing", f"This API key may not do this; it needs: {scope}.")
    if not wanted.may(identity, subject):
        raise Denied("not_allowed", wanted.refusal)


def _lacks_only_the_code(identity: Identity, wanted: Permission, subject: Any) -> bool:
    """Return whether an admin would pass, had they shown their second factor."""
    if not identity.is_admin or identity.second_factor_at or identity.scopes is not None:
        return False
    with_code = replace(identity, second_factor_at=datetime.max.replace(tzinfo=UTC))
    tests = (wanted.see, wanted.may)
    return all(test(with_code, subject) for test in tests) and not all(
        test(identity, subject) for test in tests
    )
