"""The tables of the books: accounts, journals and postings, and the facts that cause them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from kernel.types import Currency, Json, Micros
from payouts import accounts
from payouts.pretend import models as pretend_models  # noqa: F401  (one migration holds both)
from payouts.states import AccountState, CallState, DepositState, RefundState, WithdrawalState
from payouts.webhooks import models as webhook_models  # noqa: F401  (so does this)


def _kinds(*names: str) -> str:
    return "kind IN (" + ", ".join(f"'{name}'" for name in names) + ")"


def _owned_by(owner: str) -> str:
    names = [kind.name for kind in accounts.KINDS.values() if owner in kind.owners]
    return f"({_kinds(*names)} AND split_part(owner, ':', 1) = '{owner}')"


OWNERS = ("platform", "organisation", "job", "worker")
DEBIT_KINDS = _kinds(*(kind.name for kind in accounts.KINDS.values() if kind.sign == 1))


class Account(Base):
    """One account; its balance is a cache that only the trigger on postings may move."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("kind", "owner", "currency"),
        UniqueConstraint("id", "currency"),
        CheckConstraint(" OR ".join(map(_owned_by, OWNERS)), name="owner_of_kind"),
        CheckConstraint(f"sign = CASE WHEN {DEBIT_KINDS} THEN 1 ELSE -1 END", name="sign_of_kind"),
        CheckConstraint(f"is_bounded = ({_kinds(*accounts.BOUNDED)})", name="bound_of_kind"),
        CheckConstraint("balance >= 0 OR NOT is_bounded", name="not_overdrawn"),
        CheckConstraint("postings_count > 0 OR balance = 0", name="starts_at_zero"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    owner: Mapped[str] = mapped_column(String(60), comment="opaque: platform, job:…, worker:…")
    currency: Mapped[Currency]
    sign: Mapped[int] = mapped_column(SmallInteger, comment="1: debits add; -1: credits add")
    is_bounded: Mapped[bool] = mapped_column(comment="never below zero")
    balance: Mapped[Micros] = mapped_column(server_default="0", comment="micros, growing side up")
    postings_count: Mapped[int] = mapped_column(BigInteger, server_default="0")


class Journal(Base):
    """One business fact in money; immutable, and balanced when its transaction commits."""

    __tablename__ = "journals"
    __table_args__ = (
        UniqueConstraint("kind", "ref"),
        Index("ix_journals_source", "source", postgresql_where=text("source <> ''")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    ref: Mapped[str] = mapped_column(String(120), comment="the fact's own id")
    source: Mapped[str] = mapped_column(String(120), comment="what it was for, opaque")
    currency: Mapped[Currency]
    at: Mapped[datetime]
    reverses: Mapped[UUID | None] = mapped_column(ForeignKey("journals.id"), unique=True)
    born: Mapped[int] = mapped_column(
        BigInteger,
        server_default=text("(pg_current_xact_id()::text::bigint)"),
        comment="the transaction that wrote it: no other may add postings",
    )


class Posting(Base):
    """One immutable signed line of a journal on one account: debit above zero, credit below."""

    __tablename__ = "postings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "currency"],
            ["accounts.id", "accounts.currency"],
            name="fk_postings_account_currency",
        ),
        CheckConstraint("micros <> 0", name="not_zero"),
        Index("ix_postings_account_id", "account_id", "journal_id"),
    )
    journal_id: Mapped[UUID] = mapped_column(ForeignKey(Journal.id), primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[Currency]
    micros: Mapped[Micros]


class Deposit(Base):
    """Money arriving from an organisation's card, from intent to cleared."""

    __tablename__ = "deposits"
    __table_args__ = (
        CheckConstraint("micros > 0", name="positive"),
        CheckConstraint("refunded_micros BETWEEN 0 AND micros", name="refunded_at_most_paid"),
        Index("ix_deposits_organisation", "organisation", "id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation: Mapped[UUID]
    currency: Mapped[Currency]
    micros: Mapped[Micros]
    state: Mapped[DepositState] = mapped_column(String(10))
    state_at: Mapped[datetime]
    created_at: Mapped[datetime]
    return_url: Mapped[str] = mapped_column(comment="where the browser goes after paying")
    checkout_ref: Mapped[str | None] = mapped_column(unique=True)
    checkout_url: Mapped[str | None]
    charge_ref: Mapped[str | None] = mapped_column(unique=True)
    cost_micros: Mapped[Micros] = mapped_column(server_default="0", comment="the processor's fee")
    refunded_micros: Mapped[Micros] = mapped_column(server_default="0")
    paid_at: Mapped[datetime | None]
    available_on: Mapped[datetime | None] = mapped_column(comment="when the processor clears it")
    matures_at: Mapped[datetime | None] = mapped_column(comment="workers wait for this")


class Funding(Base):
    """Money an organisation put into a job's budget; below zero: money that came back."""

    __tablename__ = "fundings"
    __table_args__ = (
        CheckConstraint("micros <> 0", name="not_zero"),
        Index("ix_fundings_job", "job"),
    )
    ref: Mapped[str] = mapped_column(String(120), primary_key=True)
    job: Mapped[UUID]
    organisation: Mapped[UUID]
    currency: Mapped[Currency]
    micros: Mapped[Micros]
    clears_at: Mapped[datetime] = mapped_column(comment="what it pays is available no earlier")
    at: Mapped[datetime]


class Earning(Base):
    """What one worker earned by one assignment or bonus, and when it becomes available."""

    __tablename__ = "earnings"
    __table_args__ = (
        CheckConstraint("micros > 0 AND fee_micros >= 0", name="positive"),
        CheckConstraint("job_micros BETWEEN 0 AND micros + fee_micros", name="job_share"),
        Index("ix_earnings_due", "available_at", postgresql_where=text("matured_at IS NULL")),
        Index("ix_earnings_worker", "worker", "available_at"),
        Index("ix_earnings_job", "job"),
    )
    source: Mapped[str] = mapped_column(String(120), primary_key=True)
    job: Mapped[UUID]
    worker: Mapped[UUID]
    currency: Mapped[Currency]
    micros: Mapped[Micros]
    fee_micros: Mapped[Micros]
    job_micros: Mapped[Micros] = mapped_column(comment="how much of reward and fee the job paid")
    at: Mapped[datetime]
    available_at: Mapped[datetime]
    matured_at: Mapped[datetime | None]
    taken_back_at: Mapped[datetime | None] = mapped_column(comment="paid by mistake, corrected")


class Withdrawal(Base):
    """Money a worker asked to have sent to the bank."""

    __tablename__ = "withdrawals"
    __table_args__ = (
        CheckConstraint("micros > 0", name="positive"),
        CheckConstraint("reversed_micros BETWEEN 0 AND micros", name="reversed_at_most_sent"),
        Index(
            "uq_withdrawals_open",
            "worker",
            "currency",
            unique=True,
            postgresql_where=text(
                "state IN ('requested', 'transferred', 'sent', 'stuck', 'recalling')"
            ),
        ),
        Index("ix_withdrawals_worker", "worker", "id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    worker: Mapped[UUID]
    currency: Mapped[Currency]
    micros: Mapped[Micros]
    state: Mapped[WithdrawalState] = mapped_column(String(12))
    state_at: Mapped[datetime]
    created_at: Mapped[datetime]
    transfer_ref: Mapped[str | None] = mapped_column(unique=True)
    payout_ref: Mapped[str | None] = mapped_column(unique=True, comment="the latest payout")
    reversed_micros: Mapped[Micros] = mapped_column(
        server_default="0", comment="of the transfer: in our own balance again"
    )
    failure: Mapped[str] = mapped_column(server_default="", comment="in a person's words")
    account_ref: Mapped[str] = mapped_column(
        String(80), server_default="", comment="the connected account it goes through"
    )
    eyes_wanted: Mapped[int] = mapped_column(
        SmallInteger, server_default="0", comment="how many admins must release it"
    )
    gate_at_send: Mapped[str | None] = mapped_column(
        String(10), comment="the payout account's state when the transfer was sent"
    )


class Refund(Base):
    """Unspent money on its way back to the card of one deposit."""

    __tablename__ = "refunds"
    __table_args__ = (CheckConstraint("micros > 0", name="positive"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    deposit_id: Mapped[UUID] = mapped_column(ForeignKey(Deposit.id), index=True)
    organisation: Mapped[UUID] = mapped_column(index=True)
    currency: Mapped[Currency]
    micros: Mapped[Micros]
    state: Mapped[RefundState] = mapped_column(String(10))
    state_at: Mapped[datetime]
    created_at: Mapped[datetime]
    remote_ref: Mapped[str | None] = mapped_column(unique=True)


class RemoteCall(Base):
    """One thing we ask of the processor: the intent and its key are stored before it is sent."""

    __tablename__ = "remote_calls"
    __table_args__ = (
        CheckConstraint(
            "purpose IN ('checkout', 'transfer', 'payout', 'refund', 'reversal', 'account',"
            " 'link')",
            name="purpose_known",
        ),
        UniqueConstraint("purpose", "thing_id", "number"),
        UniqueConstraint("purpose", "remote_ref"),
        Index(
            "ix_remote_calls_due",
            "try_at",
            postgresql_where=text("state IN ('ready', 'sending', 'in_doubt')"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(10))
    thing_id: Mapped[UUID] = mapped_column(comment="the deposit, withdrawal, refund or worker")
    number: Mapped[int] = mapped_column(comment="grows after a definite failure")
    key: Mapped[str] = mapped_column(String(120), unique=True, comment="idempotency key")
    state: Mapped[CallState] = mapped_column(String(10))
    state_at: Mapped[datetime]
    try_at: Mapped[datetime] = mapped_column(comment="not before; while sending: the lease's end")
    sent_count: Mapped[int] = mapped_column(server_default="0")
    first_sent_at: Mapped[datetime | None]
    remote_ref: Mapped[str | None]
    failure: Mapped[str] = mapped_column(server_default="")


class PayoutAccount(Base):
    """A worker's account at the processor, as it was last seen there."""

    __tablename__ = "payout_accounts"
    __table_args__ = (
        Index("ix_payout_accounts_unready", "seen_at", postgresql_where=text("state <> 'ready'")),
    )
    worker: Mapped[UUID] = mapped_column(primary_key=True)
    country: Mapped[str] = mapped_column(String(2), comment="ISO 3166-1 alpha-2")
    state: Mapped[AccountState] = mapped_column(String(10))
    state_at: Mapped[datetime]
    account_ref: Mapped[str | None] = mapped_column(String(80), unique=True)
    wants: Mapped[Json] = mapped_column(server_default="[]", comment="the processor's codes")
    checks: Mapped[Json] = mapped_column(server_default="[]", comment="what it is looking at")
    problem: Mapped[str] = mapped_column(server_default="", comment="its code, or a sentence")
    due_by: Mapped[datetime | None]
    seen_at: Mapped[datetime | None] = mapped_column(comment="when the latest look began")
    return_url: Mapped[str] = mapped_column(comment="where the browser comes back")
    link_url: Mapped[str | None] = mapped_column(comment="good once, for minutes")
    link_until: Mapped[datetime | None]


class Halt(Base):
    """A time during which no money leaves, because the books did not agree."""

    __tablename__ = "payout_halts"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    reason: Mapped[str]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]
