"""Named reads of people, organisations, members and keys."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.mail import Letter
from kernel.web import paging
from marketplace.accounts.models import ApiKey, Member, Organisation, User
from marketplace.accounts.states import RANK, Role

LETTERS_MAX = 50


def user(uow: UnitOfWork, user_id: UUID, *, lock: bool = False) -> User:
    """Load a person."""
    return uow.get(User, user_id, "There is no such person.", lock=lock)


def normalised(email: str) -> str:
    """Return the one way an address is kept and compared."""
    return email.strip().lower()


def user_by_email(uow: UnitOfWork, email: str) -> User | None:
    """Find a person by their address, however it is written."""
    return uow.session.scalar(select(User).where(User.email == normalised(email)))


def user_of_worker(uow: UnitOfWork, worker_id: UUID) -> User | None:
    """Find the person behind a worker, for a letter or a notice."""
    return uow.session.scalar(select(User).where(User.worker_id == worker_id))


def is_confirmed(uow: UnitOfWork, user_id: UUID) -> bool:
    """Tell whether a person has confirmed their address."""
    at = uow.session.scalar(select(User.email_confirmed_at).where(User.id == user_id))
    return at is not None


def organisation(uow: UnitOfWork, organisation_id: UUID) -> Organisation:
    """Load an organisation."""
    return uow.get(Organisation, organisation_id, "There is no such organisation.")


def organisations_of(uow: UnitOfWork, user_id: UUID) -> Sequence[tuple[Organisation, Role]]:
    """List what a person acts for and in which role, by name."""
    return uow.session.execute(
        select(Organisation, Member.role)
        .join(Member, Member.organisation_id == Organisation.id)
        .where(Member.user_id == user_id)
        .order_by(Organisation.name, Organisation.id)
    ).all()


def member(uow: UnitOfWork, organisation_id: UUID, user_id: UUID) -> Member:
    """Load one person's place in an organisation."""
    key = (organisation_id, user_id)
    return uow.get(Member, key, "This person does not act for this organisation.")


def members(uow: UnitOfWork, organisation_id: UUID) -> Sequence[tuple[Member, User]]:
    """List who acts for an organisation, in the order they joined."""
    return uow.session.execute(
        select(Member, User)
        .join(User, User.id == Member.user_id)
        .where(Member.organisation_id == organisation_id)
        .order_by(Member.created_at, Member.user_id)
    ).all()


def members_with_rank(uow: UnitOfWork, organisation_id: UUID, role: Role) -> Sequence[User]:
    """List the people of an organisation whose role is this one or stronger, for letters."""
    roles = [each for each in Role if RANK[each] >= RANK[role]]
    return uow.session.scalars(
        select(User)
        .join(Member, Member.user_id == User.id)
        .where(Member.organisation_id == organisation_id, Member.role.in_(roles))
        .order_by(User.id)
    ).all()


def owners_count(uow: UnitOfWork, organisation_id: UUID) -> int:
    """Count the owners of an organisation."""
    mine = (Member.organisation_id == organisation_id, Member.role == Role.OWNER)
    return uow.session.scalar(select(func.count()).where(*mine)) or 0


def key(uow: UnitOfWork, key_id: UUID) -> ApiKey:
    """Load an API key that still opens something."""
    found = uow.session.get(ApiKey, key_id)
    if found is None or found.revoked_at is not None:
        raise Missing("not_found", "There is no such API key.")
    return found


def keys(uow: UnitOfWork, user_id: UUID, cursor: str | None, limit: int) -> paging.Page[ApiKey]:
    """List a person's keys that were not revoked, newest first."""
    mine = select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    return paging.page(uow.session, mine, ApiKey.id, cursor, limit, newest_first=True)


def keys_count(uow: UnitOfWork, user_id: UUID) -> int:
    """Count a person's keys that were not revoked."""
    mine = (ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    return uow.session.scalar(select(func.count()).where(*mine)) or 0


def letters_to(uow: UnitOfWork, recipient: str) -> Sequence[Letter]:
    """List the last letters to an address, newest first."""
    to_them = select(Letter).where(Letter.recipient == recipient)
    return uow.session.scalars(to_them.order_by(Letter.id.desc()).limit(LETTERS_MAX)).all()
