"""Gather what we keep about one person, for them to take along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from kernel.db import Base, UnitOfWork
from marketplace.accounts.models import ApiKey, Member, User
from marketplace.assignments.models import Assignment, Enrolment
from marketplace.home.models import Notice
from marketplace.review.models import Decision, Dispute
from payouts.models import Earning, Withdrawal
from qualification.models import Grant, Sitting
from workers.models import Worker

# Secrets, and what would tell which tasks are checks.
HIDDEN = frozenset(
    {"password_hash", "totp_secret", "totp_counter", "token_digest", "gold_version", "task_id"}
)
ROWS_MAX = 100_000


def gather(uow: UnitOfWork) -> dict[str, list[dict[str, Any]]]:
    """Return the asker's rows of every table that names them, by the table's name."""
    return {table.__tablename__: _rows(uow, table, mine) for table, mine in _about(uow)}


def _about(uow: UnitOfWork) -> Iterator[tuple[type[Base], ColumnElement[bool]]]:
    user_id, worker_id = uow.identity.user_id, uow.identity.worker_id
    yield User, User.id == user_id
    yield Member, Member.user_id == user_id
    yield ApiKey, ApiKey.user_id == user_id
    yield Notice, Notice.user_id == user_id
    if worker_id is None:
        return
    yield Worker, Worker.id == worker_id
    yield Enrolment, Enrolment.worker_id == worker_id
    yield Assignment, Assignment.worker_id == worker_id
    yield Earning, Earning.worker == worker_id
    yield Withdrawal, Withdrawal.worker == worker_id
    yield Grant, Grant.worker_id == worker_id
    yield Sitting, Sitting.worker_id == worker_id
    yield Decision, Decision.worker_id == worker_id
    yield Dispute, Dispute.worker_id == worker_id


def _rows(uow: UnitOfWork, table: type[Base], mine: ColumnElement[bool]) -> list[dict[str, Any]]:
    columns = [column for column in table.__table__.columns if column.name not in HIDDEN]
    query: Select[Any] = select(*columns).where(mine).limit(ROWS_MAX)
    return [dict(row) for row in uow.session.execute(query).mappings()]
