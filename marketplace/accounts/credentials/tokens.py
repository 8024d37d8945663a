"""Random tokens: made once, kept as digests, some good for one use only."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import update

from kernel.db import UnitOfWork
from kernel.errors import Refused
from marketplace.accounts.models import OneTimeToken

RANDOM_BYTES = 32


class Purpose(StrEnum):
    """List what the link in a letter may do."""

    CONFIRM_ADDRESS = "confirm_address"
    RESET_PASSWORD = "reset_password"


LASTING = {
    Purpose.CONFIRM_ADDRESS: timedelta(days=7),
    Purpose.RESET_PASSWORD: timedelta(hours=2),
}


def new(prefix: str = "") -> str:
    """Return a token of 256 random bits, fit for addresses and headers."""
    return prefix + secrets.token_urlsafe(RANDOM_BYTES)


def digest(token: str) -> bytes:
    """Return what is kept of a token; as it is random, a plain SHA-256 cannot be reversed."""
    return hashlib.sha256(token.encode()).digest()


def issue(uow: UnitOfWork, user_id: UUID, purpose: Purpose) -> str:
    """Make a token for a letter: good once, for one purpose and a limited time."""
    token = new()
    uow.session.add(
        OneTimeToken(
            token_digest=digest(token),
            user_id=user_id,
            purpose=purpose,
            expires_at=uow.now + LASTING[purpose],
            used_at=None,
        )
    )
    return token


def spend(uow: UnitOfWork, token: str, purpose: Purpose) -> UUID:
    """Use a token up and return whose it is; of two at the same moment only one passes."""
    user_id: UUID | None = uow.session.scalar(
        update(OneTimeToken)
        .where(
            OneTimeToken.token_digest == digest(token),
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > uow.now,
        )
        .values(used_at=uow.now)
        .returning(OneTimeToken.user_id)
    )
    if user_id is None:
        sentence = "This link was used already or is too old. Please ask for a new one."
        raise Refused("link_spent", sentence)
    return user_id


def spend_all(uow: UnitOfWork, user_id: UUID) -> None:
    """Use up every token of a person."""
    uow.session.execute(
        update(OneTimeToken)
        .where(OneTimeToken.user_id == user_id, OneTimeToken.used_at.is_(None))
        .values(used_at=uow.now)
    )
