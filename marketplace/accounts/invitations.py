"""Invite people to act for an organisation who have not signed up yet, by a letter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select

from kernel.db import UnitOfWork
from kernel.errors import Conflict
from kernel.types import new_id
from marketplace.accounts import letters, organisations, queries
from marketplace.accounts.models import Invitation, Member, Organisation, User
from marketplace.accounts.states import Role

DAYS = 14
INVITATIONS_MAX = 50


def invite(uow: UnitOfWork, organisation: Organisation, email: str, role: Role) -> bool:
    """Let a person act for an organisation; tell whether they must sign up first.

    Who has signed up becomes a member at once. Everybody else gets a letter and becomes one when
    they confirm that the address is theirs; inviting again writes anew and names the new role.
    """
    address = queries.normalised(email)
    if queries.user_by_email(uow, address) is not None:
        organisations.add_member(uow, organisation, address, role)
        return False
    uow.get(Organisation, organisation.id, "There is no such organisation.", lock=True)
    known = uow.session.scalar(
        select(Invitation).where(
            Invitation.organisation_id == organisation.id, Invitation.email == address
        )
    )
    if known is None and len(waiting(uow, organisation.id)) >= INVITATIONS_MAX:
        sentence = f"{INVITATIONS_MAX} invitations wait already. Please withdraw one first."
        raise Conflict("invitations_full", sentence)
    kept = known or Invitation(id=new_id(), organisation_id=organisation.id, email=address)
    kept.role, kept.created_at = role, uow.now
    kept.invited_by = uow.identity.user_id or kept.invited_by
    kept.expires_at = uow.now + timedelta(days=DAYS)
    uow.session.add(kept)
    uow.session.flush()
    uow.audit("member.invited", f"organisation:{organisation.id}", after={"role": str(role)})
    letters.invite(uow, kept, organisation)
    return True


def waiting(uow: UnitOfWork, organisation_id: UUID) -> Sequence[Invitation]:
    """List the invitations of an organisation that nobody took up yet, the newest first."""
    open_ones = (Invitation.organisation_id == organisation_id, Invitation.expires_at > uow.now)
    order = Invitation.created_at.desc()
    return uow.session.scalars(select(Invitation).where(*open_ones).order_by(order)).all()


def invitation(uow: UnitOfWork, invitation_id: UUID) -> Invitation:
    """Load one invitation."""
    return uow.get(Invitation, invitation_id, "There is no such invitation.")


def withdraw(uow: UnitOfWork, asked: Invitation) -> None:
    """Take an invitation back; its letter then leads to nothing."""
    uow.session.delete(asked)
    uow.audit("invitation.withdrawn", f"organisation:{asked.organisation_id}")


def is_invited(uow: UnitOfWork, invitation_id: UUID | None, email: str) -> bool:
    """Tell whether this invitation waits for this address."""
    asked = (Invitation.id == invitation_id, Invitation.email == queries.normalised(email))
    found = select(func.count()).where(*asked, Invitation.expires_at > uow.now)
    return invitation_id is not None and bool(uow.session.scalar(found))


def take_up(uow: UnitOfWork, user: User) -> None:
    """Make a person who confirmed their address a member wherever it is invited."""
    theirs = select(Invitation).where(
        Invitation.email == user.email, Invitation.expires_at > uow.now
    )
    for asked in uow.session.scalars(theirs.order_by(Invitation.created_at)).all():
        if uow.session.get(Member, (asked.organisation_id, user.id)) is None:
            organisation = queries.organisation(uow, asked.organisation_id)
            organisations.add_member(uow, organisation, asked.email, asked.role)
        uow.session.delete(asked)


def forget(uow: UnitOfWork, email: str) -> None:
    """Forget every invitation of an address, as when its person is erased."""
    uow.session.execute(delete(Invitation).where(Invitation.email == email))
