"""The worker row: a person who does tasks, without name, address or password."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from workers.states import Standing


class Worker(Base):
    """One person who does tasks; every table points here by id and nothing here identifies them."""

    __tablename__ = "workers"
    __table_args__ = (
        CheckConstraint("state IN ('good', 'suspended', 'closed')", name="state_known"),
        Index(
            "ix_workers_suspended_until",
            "suspended_until",
            postgresql_where=text("suspended_until IS NOT NULL"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(String(40), unique=True, comment="a pseudonym")
    country: Mapped[str] = mapped_column(String(2), comment="ISO 3166-1 alpha-2")
    languages: Mapped[list[str]] = mapped_column(ARRAY(String(8)), comment="BCP 47 primary tags")
    adult_consent: Mapped[bool] = mapped_column(comment="agreed to see adult content")
    state: Mapped[Standing] = mapped_column(String(16), comment="standing")
    state_at: Mapped[datetime]
    state_reason: Mapped[str] = mapped_column(comment="a person's written reason")
    suspended_until: Mapped[datetime | None] = mapped_column(comment="none: until a person decides")
    created_at: Mapped[datetime]
