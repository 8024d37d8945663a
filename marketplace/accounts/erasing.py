"""Erasing a person: the one row that says who they are is blanked, the rest keeps opaque ids."""

from __future__ import annotations

from sqlalchemy import func, update

from kernel.db import UnitOfWork
from kernel.mail import Letter
from marketplace.accounts import invitations, organisations, queries
from marketplace.accounts.credentials import sessions, tokens
from marketplace.accounts.models import ApiKey, User
from workers import service as workers
from workers.models import Worker


def erase(uow: UnitOfWork, user: User) -> None:
    """Forget who a person is: answers, books and audit stay, under ids that lead nowhere."""
    for organisation, _role in queries.organisations_of(uow, user.id):
        organisations.remove_member(uow, queries.member(uow, organisation.id, user.id))
    if user.worker_id is not None:
        worker = uow.get(Worker, user.worker_id, "There is no such worker.")
        workers.close(uow, worker, "Closed at their own wish.")
    sessions.end_all(uow, user.id)
    tokens.spend_all(uow, user.id)
    uow.session.execute(
        update(ApiKey)
        .where(ApiKey.user_id == user.id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=uow.now)
    )
    invitations.forget(uow, user.email or "")
    _blank_letters(uow, user.email or "")
    _blank(uow, user)
    uow.audit("user.erased", f"user:{user.id}")


def _blank_letters(uow: UnitOfWork, email: str) -> None:
    """Blank what was written to them; a letter still in the post does not leave."""
    uow.session.execute(
        update(Letter)
        .where(Letter.recipient == email)
        .values(recipient="", subject="", body="", sent_at=func.coalesce(Letter.sent_at, uow.now))
    )


def _blank(uow: UnitOfWork, user: User) -> None:
    user.email = user.totp_secret = user.totp_counter = user.email_confirmed_at = None
    user.password_hash = user.display_name = user.country = ""
    user.is_admin = False
    user.erased_at = uow.now
