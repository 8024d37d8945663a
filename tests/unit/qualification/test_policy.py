"""Who may make and grant qualifications."""

from __future__ import annotations

import pytest

from kernel import permissions
from kernel.errors import Denied, Missing
from kernel.identity import STRANGER, Identity
from kernel.types import new_id
from qualification import policy

ORGANISATION = new_id()
OWNER = f"organisation:{ORGANISATION}"


def a_member(role: str) -> Identity:
    return Identity(user_id=new_id(), roles={ORGANISATION: role, new_id(): "owner"})


@pytest.mark.parametrize("role", ["owner", "manager"])
def test_owners_and_managers_make_qualifications(role: str) -> None:
    permissions.authorize(a_member(role), policy.CREATE, OWNER)


@pytest.mark.parametrize("role", ["reviewer", "viewer"])
def test_other_members_see_and_do_not_make(role: str) -> None:
    permissions.authorize(a_member(role), policy.LIST, OWNER)
    with pytest.raises(Denied):
        permissions.authorize(a_member(role), policy.CREATE, OWNER)


def test_outsiders_do_not_even_see() -> None:
    with pytest.raises(Missing):
        permissions.authorize(a_member("owner"), policy.LIST, f"organisation:{new_id()}")
    with pytest.raises(Missing):
        permissions.authorize(a_member("owner"), policy.GRANT, "platform")
    with pytest.raises(Denied):
        permissions.authorize(STRANGER, policy.LIST, OWNER)


def test_a_key_without_the_scope_is_kept_out() -> None:
    member = Identity(
        user_id=new_id(), roles={ORGANISATION: "owner"}, scopes=frozenset({"jobs:read"})
    )
    permissions.authorize(member, policy.LIST, OWNER)
    with pytest.raises(Denied):
        permissions.authorize(member, policy.CREATE, OWNER)


def test_only_workers_sit_exams() -> None:
    permissions.authorize(Identity(user_id=new_id(), worker_id=new_id()), policy.SIT, None)
    with pytest.raises(Denied):
        permissions.authorize(a_member("owner"), policy.SIT, None)
