"""Letters about accounts, as plain text from templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kernel import mail
from kernel.db import UnitOfWork
from marketplace.accounts.credentials import installation, tokens
from marketplace.accounts.models import Invitation, Organisation, User

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "emails"
CONFIRM_PATH = "/confirm"
RESET_PATH = "/password-reset"
_templates = Environment(
    loader=FileSystemLoader(FOLDER), undefined=StrictUndefined, autoescape=False
)


def ask_to_confirm(uow: UnitOfWork, user: User) -> None:
    """Write the letter whose link proves that the address is theirs."""
    token = tokens.issue(uow, user.id, tokens.Purpose.CONFIRM_ADDRESS)
    link = installation.address(f"{CONFIRM_PATH}/{token}")
    _write(uow, user, "confirm_address.txt", link=link)


def offer_reset(uow: UnitOfWork, user: User) -> None:
    """Write the letter whose link lets them choose a new password."""
    token = tokens.issue(uow, user.id, tokens.Purpose.RESET_PASSWORD)
    link = installation.address(f"{RESET_PATH}/{token}")
    _write(uow, user, "reset_password.txt", link=link)


def tell_password_changed(uow: UnitOfWork, user: User) -> None:
    """Write that the password is new, so that a stranger's change does not go unseen."""
    _write(uow, user, "password_changed.txt", link=installation.address(RESET_PATH))


def tell_added(uow: UnitOfWork, user: User, organisation: Organisation, role: str) -> None:
    """Write that they now act for an organisation."""
    link = installation.address(f"/organisations/{organisation.id}")
    _write(uow, user, "member_added.txt", link=link, organisation=organisation.name, role=role)


def invite(uow: UnitOfWork, asked: Invitation, organisation: Organisation) -> None:
    """Write to an address nobody has signed up with that it may act for an organisation."""
    query = urlencode({"as": "requester", "invitation": str(asked.id)})
    values = {
        "link": installation.address(f"/sign-up?{query}"),
        "organisation": organisation.name,
        "role": str(asked.role),
        "until": f"{asked.expires_at:%d %B %Y}",
    }
    text = _templates.get_template("invitation.txt").render(**values)
    subject, _, body = text.partition("\n\n")
    mail.write(uow, asked.email, subject, body)


def _write(uow: UnitOfWork, user: User, template: str, **values: Any) -> None:
    assert user.email, "an erased person gets no letters"
    text = _templates.get_template(template).render(name=user.display_name, **values)
    subject, _, body = text.partition("\n\n")
    mail.write(uow, user.email, subject, body)
