"""People and organisations for tests of accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.identity import Identity
from kernel.mail import Letter
from kernel.types import new_id
from marketplace.accounts import organisations, sign_up
from marketplace.accounts.marks import Visit
from marketplace.accounts.models import Organisation, User
from marketplace.accounts.sign_up import Registration
from marketplace.config import TERMS_VERSION

PASSWORD = "a long walk home"
VISIT = Visit("192.0.2.7", "a browser")


class NoLimits:
    """Stand for limits that are never reached, where a test is about something else."""

    def check(self, limit: str, *key: str) -> None:
        """Let pass."""

    def hit(self, limit: str, *key: str) -> None:
        """Count nothing."""


def a_registration(**changes: Any) -> Registration:
    """Describe a worker who signs up; name what matters to the test."""
    plain = Registration(
        email=f"{new_id().hex}@example.org",
        password=PASSWORD,
        display_name="Ada",
        country="DE",
        age_confirmed=True,
        terms_version=TERMS_VERSION,
        kind="worker",
        languages=("de", "en"),
    )
    return replace(plain, **changes)


def a_person(uow: UnitOfWork, **changes: Any) -> User:
    """Sign a person up."""
    return sign_up.sign_up(uow, NoLimits(), a_registration(**changes), VISIT).user


def an_organisation(uow: UnitOfWork, owner: User, name: str = "Acme") -> Organisation:
    """Found an organisation."""
    return organisations.create(uow, name, owner.id)


def as_person(uow: UnitOfWork, user: User, **more: Any) -> None:
    """Let a person ask from here on in this unit of work."""
    uow.identity = Identity(user_id=user.id, worker_id=user.worker_id, **more)


def letters_to(uow: UnitOfWork, email: str) -> list[Letter]:
    """Return the letters to an address, oldest first."""
    uow.session.flush()
    mine = select(Letter).where(Letter.recipient == email).order_by(Letter.at, Letter.id)
    return list(uow.session.scalars(mine))


def link_token(letter: Letter) -> str:
    """Return the token of the link in a letter."""
    link = next(word for word in letter.body.split() if word.startswith("http"))
    return link.rsplit("/", 1)[1]
