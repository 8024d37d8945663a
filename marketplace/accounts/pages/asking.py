"""What the pages of accounts know of their asker."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from flask import current_app

from kernel.db import UnitOfWork
from kernel.web.limits import Limits
from marketplace.accounts import queries
from marketplace.accounts.models import User


def limits() -> Limits:
    """Return the counters of what can be guessed or flooded."""
    return cast(Limits, current_app.extensions["quorum_limits"])


def asker(uow: UnitOfWork) -> User:
    """Return the person who asks; the permission made sure there is one."""
    return queries.user(uow, cast(UUID, uow.identity.user_id))


def first_page(user: User) -> str:
    """Return where a person begins: admins, workers and requesters have different desks."""
    if user.is_admin:
        return "/admin"
    return "/work" if user.worker_id else "/jobs"
