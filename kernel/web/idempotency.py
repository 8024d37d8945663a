"""Idempotency-Key: the same request sent twice is done once and answered the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import datetime

from flask import Response, request
from sqlalchemy import LargeBinary, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, UnitOfWork
from kernel.errors import Conflict, Refused

KEY_CHARACTERS_MAX = 255
KEPT_HOURS = 48


class IdempotencyKey(Base):
    """One key of one asker: what was asked, by digest, and what was answered."""

    __tablename__ = "idempotency_keys"
    actor: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_digest: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    mimetype: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


def once(uow: UnitOfWork, key: str, handle: Callable[[], Response]) -> Response:
    """Answer a repeated request from memory; a second asker waits for the first to finish.

    The key, the work and the answer commit together, so a failed request leaves nothing behind.
    """
    if not 0 < len(key) <= KEY_CHARACTERS_MAX:
        raise Refused("idempotency_key_length", "An Idempotency-Key has 1 to 255 characters.")
    mine = (IdempotencyKey.actor == uow.identity.actor, IdempotencyKey.key == key)
    digest = _request_digest()
    taken = uow.session.scalar(
        insert(IdempotencyKey)
        .values(actor=uow.identity.actor, key=key, request_digest=digest, created_at=uow.now)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    if taken is None:
        stored = uow.session.scalar(select(IdempotencyKey).where(*mine))
        if stored is None:
            raise Conflict("idempotency_key_busy", "This request is being worked on; try again.")
        return _replay(stored, digest)
    response = handle()
    uow.session.execute(
        update(IdempotencyKey)
        .where(*mine)
        .values(status=response.status_code, mimetype=response.mimetype, body=response.get_data())
    )
    return response


def _replay(stored: IdempotencyKey, digest: str) -> Response:
    if stored.request_digest != digest:
        raise Refused(
            "idempotency_key_reused", "This Idempotency-Key was used for a different request."
        )
    answer = Response(stored.body, status=stored.status, mimetype=stored.mimetype)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _request_digest() -> str:
    """Digest what was asked: JSON word by word, uploads (too large to hold) by their lengths.

    The parts of a form are taken one by one, since a retry marks their bounds anew.
    """
    sha = hashlib.sha256(f"{request.method} {request.full_path}\n{request.mimetype}\n".encode())
    if request.is_json:
        sha.update(request.get_data(cache=True))
    elif request.mimetype == "multipart/form-data":
        for name, value in request.form.items(multi=True):
            sha.update(f"{name}={value}\n".encode())
        for name, file in request.files.items(multi=True):
            sha.update(f"{name}:{file.filename}:{file.stream.seek(0, os.SEEK_END)}\n".encode())
            file.stream.seek(0)
    else:
        sha.update(str(request.content_length).encode())
    return sha.hexdigest()


def forget_old(uow: UnitOfWork, before: datetime) -> None:
    """Drop the keys whose time has passed."""
    uow.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < before))
