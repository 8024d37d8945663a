"""Organisations and their members: founding, adding, changing roles, removing."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Refused
from kernel.types import new_id
from marketplace.accounts import letters, queries
from marketplace.accounts.models import Member, Organisation
from marketplace.accounts.states import Role

ORGANISATIONS_MAX = 20
MEMBERS_MAX = 200


def create(uow: UnitOfWork, name: str, owner_id: UUID) -> Organisation:
    """Found an organisation; who founds it owns it."""
    owned = select(func.count()).where(Member.user_id == owner_id)
    if (uow.session.scalar(owned) or 0) >= ORGANISATIONS_MAX:
        sentence = f"One person may act for at most {ORGANISATIONS_MAX} organisations."
        raise Conflict("organisations_full", sentence)
    organisation = Organisation(
        id=new_id(), name=name, created_at=uow.now, rejecting_stopped_at=None
    )
    uow.session.add(organisation)
    uow.session.flush()
    place = Member(
        organisation_id=organisation.id, user_id=owner_id, role=Role.OWNER, created_at=uow.now
    )
    uow.session.add(place)
    uow.audit("organisation.created", _thing(organisation.id), after={"owner": str(owner_id)})
    return organisation


def add_member(uow: UnitOfWork, organisation: Organisation, email: str, role: Role) -> Member:
    """Let a person who has signed up act for an organisation, and write to them."""
    _lock(uow, organisation.id)
    user = queries.user_by_email(uow, email)
    if user is None:
        sentence = "Nobody has signed up with this address yet. Please ask them to do so first."
        raise Refused("member_unknown", sentence)
    if len(queries.members(uow, organisation.id)) >= MEMBERS_MAX:
        sentence = f"An organisation has at most {MEMBERS_MAX} members."
        raise Conflict("members_full", sentence)
    place = {"organisation_id": organisation.id, "user_id": user.id}
    row = insert(Member).values(**place, role=role, created_at=uow.now).on_conflict_do_nothing()
    member: Member | None = uow.session.scalar(row.returning(Member))
    if member is None:
        raise Conflict("member_known", "This person is a member already.")
    uow.audit("member.added", _thing(organisation.id), after=_said(member))
    letters.tell_added(uow, user, organisation, role)
    return member


def change_role(uow: UnitOfWork, member: Member, role: Role) -> Member:
    """Give a member another role; the last owner stays one."""
    _keep_one_owner(uow, member, role)
    before = _said(member)
    member.role = role
    uow.audit("member.changed", _thing(member.organisation_id), before, _said(member))
    return member


def remove_member(uow: UnitOfWork, member: Member) -> None:
    """End a person's place in an organisation; the last owner cannot leave."""
    _keep_one_owner(uow, member, None)
    uow.session.delete(member)
    uow.audit("member.removed", _thing(member.organisation_id), _said(member))


def _keep_one_owner(uow: UnitOfWork, member: Member, role: Role | None) -> None:
    """Refuse what would leave an organisation without an owner, also by two at once."""
    _lock(uow, member.organisation_id)
    uow.session.refresh(member)
    if member.role != Role.OWNER or role == Role.OWNER:
        return
    if queries.owners_count(uow, member.organisation_id) == 1:
        sentence = "An organisation needs an owner. Please make another member an owner first."
        raise Conflict("owner_needed", sentence)


def _lock(uow: UnitOfWork, organisation_id: UUID) -> None:
    uow.get(Organisation, organisation_id, "There is no such organisation.", lock=True)


def _thing(organisation_id: UUID) -> str:
    return f"organisation:{organisation_id}"


def _said(member: Member) -> dict[str, str]:
    return {"user": str(member.user_id), "role": str(member.role)}
