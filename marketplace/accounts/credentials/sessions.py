"""Sessions: signed-in browsers, kept in the database and ended there."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from kernel.db import UnitOfWork
from kernel.errors import Denied
from marketplace.accounts.credentials import tokens
from marketplace.accounts.models import WebSession

LASTING = timedelta(days=30)
SLIDE_EVERY = timedelta(hours=1)


def create(uow: UnitOfWork, user_id: UUID, *, has_second_factor: bool) -> str:
    """Open a session and return its token for the cookie."""
    token = tokens.new()
    uow.session.add(
        WebSession(
            token_digest=tokens.digest(token),
            user_id=user_id,
            created_at=uow.now,
            signed_in_at=uow.now,
            second_factor_at=uow.now if has_second_factor else None,
            expires_at=uow.now + LASTING,
        )
    )
    return token


def renew(uow: UnitOfWork, session_id: str, *, has_second_factor: bool) -> str:
    """Mark a session as freshly signed in, under a new token: what it may do has grown."""
    token = tokens.new()
    values = {"token_digest": tokens.digest(token), "signed_in_at": uow.now}
    if has_second_factor:
        values["second_factor_at"] = uow.now
    mine = WebSession.token_digest == bytes.fromhex(session_id)
    renewed = update(WebSession).where(mine).values(values).returning(WebSession.user_id)
    if uow.session.scalar(renewed) is None:
        raise Denied("sign_in_needed", "Please sign in first.")
    return token


def slide(uow: UnitOfWork, token_digest: bytes) -> None:
    """Let a session in use live on; a row that another request holds is left to that one."""
    free = (
        select(WebSession.token_digest)
        .where(WebSession.token_digest == token_digest)
        .with_for_update(skip_locked=True)
    )
    uow.session.execute(
        update(WebSession)
        .where(WebSession.token_digest.in_(free.scalar_subquery()))
        .values(expires_at=uow.now + LASTING)
        .execution_options(synchronize_session=False)
    )


def end(uow: UnitOfWork, session_id: str | None) -> None:
    """End one session; ending what has ended is no fault."""
    if session_id:
        mine = WebSession.token_digest == bytes.fromhex(session_id)
        uow.session.execute(delete(WebSession).where(mine))


def end_all(uow: UnitOfWork, user_id: UUID) -> None:
    """Sign a person out everywhere."""
    uow.session.execute(delete(WebSession).where(WebSession.user_id == user_id))
