"""API keys: made with a person's own rights or fewer, shown once, revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Denied, Refused
from kernel.types import new_id
from marketplace.accounts import policy, queries
from marketplace.accounts.credentials import tokens
from marketplace.accounts.models import ApiKey

PREFIX = "qk_"
PREFIX_CHARACTERS = 11
KEYS_MAX = 50
DAYS_MAX = 3_650
WORK_SCOPES = frozenset({"work:read", "work:write"})
SCOPES = WORK_SCOPES | {
    "jobs:read",
    "jobs:write",
    "review:write",
    "money:read",
    "money:write",
    "members:read",
}


@dataclass(frozen=True)
class KeyOrder:
    """Hold what a new key shall be allowed, for how long, and for which organisation only."""

    name: str
    scopes: frozenset[str]
    organisation_id: UUID | None = None
    expires_days: int | None = None


def create(uow: UnitOfWork, order: KeyOrder) -> tuple[ApiKey, str]:
    """Make a key for the asker; return it and its token, which is shown this once."""
    user_id = uow.identity.user_id
    assert user_id, "the permission lets only people at a browser through"
    _check(uow, order)
    if queries.keys_count(uow, user_id) >= KEYS_MAX:
        sentence = f"You have {KEYS_MAX} API keys. Please revoke one you no longer use."
        raise Conflict("keys_full", sentence)
    token = tokens.new(PREFIX)
    days = order.expires_days
    key = ApiKey(
        id=new_id(),
        token_digest=tokens.digest(token),
        user_id=user_id,
        organisation_id=order.organisation_id,
        name=order.name,
        prefix=token[:PREFIX_CHARACTERS],
        scopes=sorted(order.scopes),
        created_at=uow.now,
        expires_at=uow.now + timedelta(days=days) if days else None,
        revoked_at=None,
    )
    uow.session.add(key)
    uow.audit("key.created", f"key:{key.id}", after={"scopes": key.scopes})
    return key, token


def revoke(uow: UnitOfWork, key: ApiKey) -> None:
    """Make a key open nothing from now on."""
    key.revoked_at = uow.now
    uow.audit("key.revoked", f"key:{key.id}")


def _check(uow: UnitOfWork, order: KeyOrder) -> None:
    if not order.scopes or not order.scopes <= SCOPES:
        sentence = f"A key carries one or more of these scopes: {', '.join(sorted(SCOPES))}."
        raise Refused("scopes_unknown", sentence)
    if order.organisation_id is None:
        return
    if not policy.member_of(uow.identity, order.organisation_id):
        raise Denied("not_allowed", "You do not act for this organisation.")
    if order.scopes & WORK_SCOPES:
        sentence = "A key of an organisation cannot do tasks; leave out the work scopes."
        raise Refused("scopes_unfit", sentence)
