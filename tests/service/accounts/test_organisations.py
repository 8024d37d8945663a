"""Organisations, members and the owner each must have."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from kernel.db import Database
from kernel.errors import Conflict, DomainError, Refused
from kernel.identity import Identity
from kernel.types import new_id
from marketplace.accounts import organisations, policy, queries
from marketplace.accounts.states import Role
from tests.service.accounts.builders import a_person, an_organisation, letters_to


def test_a_member_is_added_and_told(database: Database) -> None:
    with database.unit_of_work() as uow:
        owner, bob = a_person(uow), a_person(uow, email="bob@example.org")
        acme, _other = an_organisation(uow, owner), an_organisation(uow, bob, "Bobs")
        organisations.add_member(uow, acme, "BOB@example.org", Role.REVIEWER)
        shown = [(user.id, member.role) for member, user in queries.members(uow, acme.id)]
        assert sorted(shown) == sorted([(owner.id, "owner"), (bob.id, "reviewer")])
        assert '"Acme" as reviewer' in letters_to(uow, "bob@example.org")[-1].body
        assert queries.members_with_rank(uow, acme.id, Role.MANAGER) == [owner]
        with pytest.raises(Conflict):
            organisations.add_member(uow, acme, "bob@example.org", Role.OWNER)
        with pytest.raises(Refused):
            organisations.add_member(uow, acme, "nobody@example.org", Role.VIEWER)


def test_the_last_owner_can_neither_step_down_nor_leave(database: Database) -> None:
    with database.unit_of_work() as uow:
        owner = a_person(uow)
        a_person(uow, email="bob@example.org")
        acme = an_organisation(uow, owner)
        place = queries.member(uow, acme.id, owner.id)
        for attempt in (
            lambda: organisations.change_role(uow, place, Role.MANAGER),
            lambda: organisations.remove_member(uow, place),
        ):
            with pytest.raises(Conflict) as refusal:
                attempt()
            assert refusal.value.code == "owner_needed"
        organisations.add_member(uow, acme, "bob@example.org", Role.OWNER)
        organisations.remove_member(uow, place)
        assert queries.owners_count(uow, acme.id) == 1


def test_two_owners_who_leave_at_once_do_not_both_succeed(database: Database) -> None:
    with database.unit_of_work() as uow:
        one, two = a_person(uow), a_person(uow, email="two@example.org")
        acme = an_organisation(uow, one)
        organisations.add_member(uow, acme, "two@example.org", Role.OWNER)

    def leave(user_id: object) -> str:
        try:
            with database.unit_of_work() as uow:
                organisations.remove_member(uow, queries.member(uow, acme.id, user_id))
        except DomainError as refusal:
            return refusal.code
        return "left"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, [one.id, two.id])) == ["left", "owner_needed"]


def test_changes_of_members_are_audited(database: Database) -> None:
    with database.unit_of_work() as uow:
        owner, bob = a_person(uow), a_person(uow, email="bob@example.org")
        acme = an_organisation(uow, owner)
        member = organisations.add_member(uow, acme, "bob@example.org", Role.VIEWER)
        organisations.change_role(uow, member, Role.MANAGER)
        organisations.remove_member(uow, member)
        acts = [(entry["act"], entry["thing"]) for entry in uow.audits]
        thing = f"organisation:{acme.id}"
        assert acts == [
            ("organisation.created", thing),
            ("member.added", thing),
            ("member.changed", thing),
            ("member.removed", thing),
        ]
        assert uow.audits[2]["before"] == {"user": str(bob.id), "role": "viewer"}
        assert uow.audits[2]["after"] == {"user": str(bob.id), "role": "manager"}


def test_the_number_of_organisations_of_a_person_is_bounded(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organisations, "ORGANISATIONS_MAX", 1)
    with database.unit_of_work() as uow:
        owner = a_person(uow)
        an_organisation(uow, owner)
        with pytest.raises(Conflict):
            an_organisation(uow, owner)


@pytest.mark.parametrize("own", list(Role))
@pytest.mark.parametrize("asked", list(Role))
def test_a_role_may_what_weaker_ones_may(own: Role, asked: Role) -> None:
    here, elsewhere = new_id(), new_id()
    identity = Identity(user_id=new_id(), roles={here: str(own)})
    order = [Role.OWNER, Role.MANAGER, Role.REVIEWER, Role.VIEWER]
    assert policy.has_rank(identity, here, asked) == (order.index(own) <= order.index(asked))
    assert not policy.has_rank(identity, elsewhere, asked)
    assert policy.member_of(identity, here) and not policy.member_of(identity, elsewhere)
