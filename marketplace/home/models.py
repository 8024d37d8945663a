"""Notices: short news for one person, kept until read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from marketplace.accounts.models import User


class Notice(Base):
    """One sentence for one person, with a link to where they can act on it."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_user_id_id", "user_id", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    at: Mapped[datetime]
    sentence: Mapped[str]
    link: Mapped[str]
    read_at: Mapped[datetime | None]
