"""Marks: keyed hashes of address and device, to find one person behind many accounts."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Literal
from uuid import UUID

from sqlalchemy import LargeBinary, String, exists, insert, literal, select
from sqlalchemy.dialects.postgresql import UUID as PGUUID

from kernel.db import UnitOfWork
from kernel.types import new_id
from marketplace.accounts.credentials import installation
from marketplace.accounts.models import SignInMark

KEPT_DAYS = 90
RECENT_MAX = 20_000
Act = Literal["sign_in", "claim", "submit"]


@dataclass(frozen=True)
class Visit:
    """Say where a request comes from: its network address and its device, as the browser says."""

    address: str
    device: str


Seen = tuple[UUID, str, Visit, date]
_recent: OrderedDict[Seen, None] = OrderedDict()
_lock = Lock()


def mark_often(uow: UnitOfWork, user_id: UUID, act: Act, visit: Visit) -> None:
    """Mark what happens all day: this process asks no more once the mark is kept."""
    seen = (user_id, act, visit, uow.now.date())
    if seen in _recent:
        return
    mark(uow, user_id, act, visit.address, visit.device)
    uow.after_commit.append(lambda: _remember(seen))


def mark(uow: UnitOfWork, user_id: UUID, act: Act, address: str, device: str) -> bool:
    """Keep one mark per person, act, address and day, in one statement; tell whether it is new."""
    address_hash = _hash("address", address)
    day = uow.now.replace(hour=0, minute=0, second=0, microsecond=0)
    known = exists().where(
        SignInMark.user_id == user_id,
        SignInMark.act == act,
        SignInMark.address_hash == address_hash,
        SignInMark.at >= day,
    )
    row = select(
        literal(new_id(), PGUUID(as_uuid=True)),
        literal(user_id, PGUUID(as_uuid=True)),
        literal(uow.now),
        literal(act, String),
        literal(address_hash, LargeBinary),
        literal(_hash("device", device), LargeBinary),
    ).where(~known)
    columns = ["id", "user_id", "at", "act", "address_hash", "device_hash"]
    made = insert(SignInMark).from_select(columns, row).returning(SignInMark.id)
    return uow.session.execute(made).first() is not None


def _remember(seen: Seen) -> None:
    with _lock:
        _recent[seen] = None
        while len(_recent) > RECENT_MAX:
            _recent.popitem(last=False)


def _hash(purpose: str, value: str) -> bytes:
    return hmac.digest(installation.key(f"mark:{purpose}"), value.encode(), hashlib.sha256)
