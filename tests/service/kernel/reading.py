"""What the tests of the kernel read from its tables."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from kernel.audit import AuditEntry
from kernel.chores import DueChore
from kernel.db import Base, Database, UnitOfWork
from kernel.events import OutboxRow


def count(database: Database, table: type[Base]) -> int:
    """Count the rows of a table."""
    with database.unit_of_work() as uow:
        return uow.session.scalar(select(func.count()).select_from(table)) or 0


def due(database: Database) -> dict[tuple[str, str], datetime]:
    """Return what is due when, by chore and key."""
    with database.unit_of_work() as uow:
        return {(row.name, row.key): row.due_at for row in uow.session.scalars(select(DueChore))}


def waiting(database: Database) -> list[OutboxRow]:
    """Return the rows of the outbox."""
    with database.unit_of_work() as uow:
        return list(uow.session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


def a_due_chore(uow: UnitOfWork, name: str, key: str = "") -> DueChore:
    """Return one pending wake-up."""
    row = uow.session.get(DueChore, (name, key))
    assert row is not None, (name, key)
    return row


def acts(database: Database) -> list[str]:
    """Return the acts of the audit log in the order of their ids."""
    with database.unit_of_work() as uow:
        return list(uow.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))
