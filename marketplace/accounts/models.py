"""People and what they act for: users, sessions, organisations, members and API keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from marketplace.accounts.states import Role
from workers.models import Worker


class User(Base):
    """One person: the only row that holds personal data, blanked when they are erased."""

    __tablename__ = "users"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(320), unique=True, comment="lower case")
    password_hash: Mapped[str] = mapped_column(comment="argon2id")
    display_name: Mapped[str] = mapped_column(String(80))
    country: Mapped[str] = mapped_column(String(2))
    worker_id: Mapped[UUID | None] = mapped_column(ForeignKey(Worker.id), unique=True)
    is_admin: Mapped[bool]
    totp_secret: Mapped[str | None] = mapped_column(comment="second factor, encrypted")
    totp_counter: Mapped[int | None] = mapped_column(comment="last time step used: no replay")
    age_confirmed_at: Mapped[datetime]
    terms_version: Mapped[str] = mapped_column(String(20))
    email_confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class WebSession(Base):
    """One signed-in browser; the cookie holds a token whose digest is kept here."""

    __tablename__ = "web_sessions"
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime] = mapped_column(comment="last time the password was shown")
    second_factor_at: Mapped[datetime | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OneTimeToken(Base):
    """A letter's link: confirms an address or resets a password, once, within its time."""

    __tablename__ = "one_time_tokens"
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInMark(Base):
    """Keyed hashes of address and device at sign-in, claim and answer; kept 90 days."""

    __tablename__ = "sign_in_marks"
    __table_args__ = (Index("ix_sign_in_marks_address", "address_hash", "at"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    act: Mapped[str] = mapped_column(String(10))
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    device_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class Organisation(Base):
    """Who orders and pays."""

    __tablename__ = "organisations"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    rejecting_stopped_at: Mapped[datetime | None] = mapped_column(
        comment="set when its rejected share passed the limit; an admin clears it"
    )


class Member(Base):
    """A requester: a person acting for an organisation in a role."""

    __tablename__ = "members"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'manager', 'reviewer', 'viewer')", name="role_known"),
    )
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), primary_key=True, index=True)
    role: Mapped[Role] = mapped_column(String(10))
    created_at: Mapped[datetime]


class Invitation(Base):
    """An address that may act for an organisation once its person has signed up."""

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'manager', 'reviewer', 'viewer')", name="role_known"),
        UniqueConstraint("organisation_id", "email", name="uq_invitations_address"),
        Index("ix_invitations_email", "email"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    email: Mapped[str] = mapped_column(String(320), comment="lower case")
    role: Mapped[Role] = mapped_column(String(10))
    invited_by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiKey(Base):
    """A key with scopes, shown once; its digest is kept. It acts for one person, in one role."""

    __tablename__ = "api_keys"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(Organisation.id), comment="limits the key to one organisation"
    )
    name: Mapped[str] = mapped_column(String(80))
    prefix: Mapped[str] = mapped_column(String(12), comment="the part people recognise it by")
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
