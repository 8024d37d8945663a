"""Nobody may do anything unless a permission says so, and outsiders learn nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from kernel import permissions
from kernel.errors import Denied, Missing
from kernel.identity import STRANGER, SYSTEM, Identity
from kernel.permissions import Permission, anybody, authorize, permission, signed_in
from kernel.types import new_id

HOUSE = new_id()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def lives_here(identity: Identity, house: UUID) -> bool:
    return house in identity.roles


def owns(identity: Identity, house: UUID) -> bool:
    return identity.roles.get(house) == "owner"


SELL = Permission("house:sell", lives_here, owns, "houses:write", "Only an owner may sell.")
OWNER = Identity(user_id=new_id(), roles={HOUSE: "owner"})
LODGER = Identity(user_id=new_id(), roles={HOUSE: "lodger"})
NEIGHBOUR = Identity(user_id=new_id(), roles={new_id(): "owner"})


@pytest.fixture(autouse=True)
def _declared_alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(permissions, "DECLARED", {})
    yield


def refusal_of(identity: Identity, wanted: Permission = SELL) -> str:
    with pytest.raises((Denied, Missing)) as refusal:
        authorize(identity, wanted, HOUSE)
    return f"{refusal.value.status} {refusal.value.code}"


def test_who_may_passes() -> None:
    authorize(OWNER, SELL, HOUSE)


def test_the_system_passes() -> None:
    authorize(SYSTEM, SELL, HOUSE)


def test_a_stranger_is_asked_to_sign_in() -> None:
    assert refusal_of(STRANGER) == "403 sign_in_needed"


def test_to_an_outsider_there_is_nothing_here() -> None:
    assert refusal_of(NEIGHBOUR) == "404 not_found"


def test_who_sees_a_thing_and_may_not_touch_it_is_told_why() -> None:
    with pytest.raises(Denied, match="Only an owner may sell"):
        authorize(LODGER, SELL, HOUSE)


def test_a_key_needs_the_scope_as_well_as_the_right() -> None:
    authorize(replace(OWNER, scopes=frozenset({"houses:write"})), SELL, HOUSE)
    assert refusal_of(replace(OWNER, scopes=frozenset({"houses:read"}))) == "403 scope_missing"
    assert refusal_of(replace(OWNER, scopes=frozenset())) == "403 scope_missing"
    assert refusal_of(replace(LODGER, scopes=frozenset({"houses:write"}))) == "403 not_allowed"
    assert refusal_of(replace(NEIGHBOUR, scopes=frozenset({"houses:write"}))) == "404 not_found"


def test_a_permission_without_a_scope_keeps_keys_out() -> None:
    browser_only = replace(SELL, scope=None)
    authorize(OWNER, browser_only, HOUSE)
    every_scope = replace(OWNER, scopes=frozenset({"houses:write", ""}))
    assert refusal_of(every_scope, browser_only) == "403 scope_missing"


@pytest.mark.parametrize("identity", [STRANGER, OWNER, replace(OWNER, scopes=frozenset())])
def test_what_is_public_is_open_to_strangers_people_and_keys(identity: Identity) -> None:
    authorize(identity, Permission("door:see", anybody, anybody, None, ""), HOUSE)


def test_a_declared_permission_asks_for_a_sign_in_unless_it_says_otherwise() -> None:
    declared = permission("house:look", may=anybody)
    assert declared.see is signed_in
    assert refusal_of(STRANGER, declared) == "403 sign_in_needed"


def test_a_name_is_declared_once() -> None:
    permission("house:paint", may=signed_in)
    with pytest.raises(ValueError, match="house:paint"):
        permission("house:paint", may=anybody)


def test_an_admin_is_one_only_with_a_second_factor() -> None:
    asleep = Identity(user_id=new_id(), is_admin=True)
    assert not permissions.is_admin(asleep, None)
    assert permissions.is_admin(replace(asleep, second_factor_at=NOW), None)
    assert not permissions.is_admin(Identity(user_id=new_id(), second_factor_at=NOW), None)


def test_an_admin_without_the_second_factor_is_led_to_it_where_it_would_open_the_door() -> None:
    asleep = Identity(user_id=new_id(), is_admin=True)
    hidden = Permission("house:run", permissions.is_admin, permissions.is_admin, None, "")
    assert refusal_of(asleep, hidden) == "403 second_factor_needed"
    authorize(replace(asleep, second_factor_at=NOW), hidden, HOUSE)
    authorize(replace(asleep, second_factor_at=NOW), hidden, HOUSE)
    assert refusal_of(replace(asleep, scopes=frozenset()), hidden) == "404 not_found"
    assert refusal_of(Identity(user_id=new_id()), hidden) == "404 not_found"
    closed = Permission("house:burn", permissions.is_admin, lambda *_: False, None, "")
    assert refusal_of(asleep, closed) == "404 not_found"


def test_a_fresh_sign_in_lasts_a_quarter_of_an_hour() -> None:
    person = replace(OWNER, signed_in_at=NOW)
    permissions.check_fresh(person, NOW + timedelta(minutes=15))
    for stale, at in [(person, NOW + timedelta(minutes=15, seconds=1)), (OWNER, NOW)]:
        with pytest.raises(Denied) as refusal:
            permissions.check_fresh(stale, at)
        assert refusal.value.code == "sign_in_again"
