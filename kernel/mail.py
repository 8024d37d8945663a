"""Letters to people: kept in the database first, then sent, or shown in a development mailbox."""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog
from sqlalchemy import Index, select, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Database, UnitOfWork
from kernel.types import new_id

SENT_MAX = 50
TIMEOUT_SECONDS = 20
PERMANENT_CODE = 500
log = structlog.get_logger(__name__)


class Letter(Base):
    """One letter to one address; its text is blanked when the person is erased."""

    __tablename__ = "letters"
    __table_args__ = (Index("ix_letters_unsent", "id", postgresql_where=text("sent_at IS NULL")),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    sent_at: Mapped[datetime | None]


def write(uow: UnitOfWork, recipient: str, subject: str, body: str) -> None:
    """Put a letter in the post; it leaves after the commit. A subject is one line."""
    line = " ".join(subject.split())
    uow.session.add(Letter(id=new_id(), at=uow.now, recipient=recipient, subject=line, body=body))
    uow.later("mail.send", "")


class Mail:
    """Send what is in the post by SMTP (`smtp://user:password@host:port?from=…`).

    Without an address nothing is sent, and the development mailbox shows the letters instead.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def send_all(self, database: Database) -> int:
        """Send unsent letters, at most SENT_MAX and one transaction each; return how many.

        A letter is sent at least once and never lost; one that can never arrive is given up, so
        that it does not hold up those behind it.
        """
        if not self._url:
            return 0
        for count in range(SENT_MAX):
            with database.unit_of_work() as uow:
                letter = uow.session.scalar(
                    select(Letter)
                    .where(Letter.sent_at.is_(None))
                    .order_by(Letter.id)
                    .limit(1)
                    .with_for_update(skip_locked=True)
                )
                if letter is None:
                    return count
                self._send_or_give_up(letter)
                letter.sent_at = uow.now
        return SENT_MAX

    def _send_or_give_up(self, letter: Letter) -> None:
        try:
            self._send(letter)
        except ValueError:
            log.warning("letter_unwritable", letter=str(letter.id))
        except smtplib.SMTPRecipientsRefused as refusal:
            if any(code < PERMANENT_CODE for code, _reason in refusal.recipients.values()):
                raise
            log.warning("letter_refused", letter=str(letter.id))

    def _send(self, letter: Letter) -> None:
        parts = urlsplit(self._url)
        message = EmailMessage()
        message["To"], message["Subject"] = letter.recipient, letter.subject
        message["From"] = unquote(parts.query.removeprefix("from=")) or "quorum@localhost"
        message.set_content(letter.body)
        host, port = parts.hostname or "localhost", parts.port or 587
        with smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS) as line:
            if parts.scheme == "smtps":
                line.starttls(context=ssl.create_default_context())
            if parts.username:
                line.login(unquote(parts.username), unquote(parts.password or ""))
            _hand_over(line, message)


def _hand_over(line: smtplib.SMTP, message: EmailMessage) -> None:
    """Send over an open line; raise ValueError for an address the server cannot even read."""
    try:
        line.send_message(message)
    except smtplib.SMTPNotSupportedError as error:
        raise ValueError("This mail server reads plain addresses only.") from error
