"""Make many workers with keys at once, and tell the floors of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, text

from bench.serving import bare
from kernel.db import Database
from kernel.types import new_id
from marketplace.accounts import keys
from marketplace.accounts.credentials import tokens
from marketplace.accounts.models import ApiKey, User
from marketplace.config import TERMS_VERSION
from workers.models import Worker


@dataclass(frozen=True)
class Hand:
    """One worker: their id, and the key their program sends."""

    worker_id: UUID
    key: str


def hire(database: Database, count: int) -> list[Hand]:
    """Add workers with confirmed addresses and keys; no password opens their accounts."""
    hands = [Hand(new_id(), tokens.new(keys.PREFIX)) for _ in range(count)]
    with database.unit_of_work() as uow:
        at = {"created_at": uow.now}
        workers = [_worker(hand) | at | {"state_at": uow.now} for hand in hands]
        uow.session.execute(insert(Worker), workers)
        users = [
            _user(hand) | at | {"age_confirmed_at": uow.now, "email_confirmed_at": uow.now}
            for hand in hands
        ]
        uow.session.execute(insert(User), users)
        held = [_key(hand, user["id"]) | at for hand, user in zip(hands, users, strict=True)]
        uow.session.execute(insert(ApiKey), held)
    return hands


def introduce(database: Database, hands: Sequence[Hand]) -> None:
    """Let the floors know workers by their keys too."""
    known = [{"key": hand.key, "worker": hand.worker_id} for hand in hands]
    with database.unit_of_work() as uow:
        uow.session.execute(text(bare.TABLE))
        uow.session.execute(text("INSERT INTO bench_keys VALUES (:key, :worker)"), known)


def _worker(hand: Hand) -> dict[str, object]:
    return {
        "id": hand.worker_id,
        "handle": f"bench-{hand.worker_id.hex}"[:40],
        "country": "US",
        "languages": ["en"],
        "adult_consent": False,
        "state": "good",
        "state_reason": "",
    }


def _user(hand: Hand) -> dict[str, object]:
    return {
        "id": new_id(),
        "email": f"{hand.worker_id.hex}@example.org",
        "password_hash": "none",
        "display_name": "Worker",
        "country": "US",
        "worker_id": hand.worker_id,
        "is_admin": False,
        "terms_version": TERMS_VERSION,
    }


def _key(hand: Hand, user_id: object) -> dict[str, object]:
    return {
        "id": new_id(),
        "token_digest": tokens.digest(hand.key),
        "user_id": user_id,
        "name": "bench",
        "prefix": hand.key[: keys.PREFIX_CHARACTERS],
        "scopes": sorted(keys.WORK_SCOPES),
    }
