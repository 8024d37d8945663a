"""Commands about people: making admins, and their codes while developing."""

from __future__ import annotations

import click
import pyotp
from flask.cli import with_appcontext

from kernel.errors import DomainError
from kernel.web.http import runtime
from marketplace.accounts import queries, sign_up
from marketplace.accounts.credentials import totp


@click.group("admin")
def admin() -> None:
    """Make admins; show a code of their second factor while developing."""


@admin.command("create")
@click.argument("email")
@click.password_option(help="At least ten characters.")
@with_appcontext
def create(email: str, password: str) -> None:
    """Make an admin and print the secret for their authenticator, once."""
    try:
        made = runtime().database.run(lambda uow: sign_up.make_admin(uow, email, password))
    except DomainError as refusal:
        raise click.ClickException(refusal.sentence) from None
    click.echo(f"{email} is an admin. Put this into an authenticator app; it is shown once:")
    click.echo(made.totp_uri)


@admin.command("code")
@click.argument("email")
@with_appcontext
def code(email: str) -> None:
    """Print the present code of an admin's second factor; not in production."""
    here = runtime()
    if here.settings.production:
        raise click.ClickException("Codes are not shown in production.")
    with here.database.unit_of_work() as uow:
        user = queries.user_by_email(uow, email)
        if user is None or user.totp_secret is None:
            raise click.ClickException("There is no admin with this address.")
        click.echo(pyotp.TOTP(totp.reveal(user.totp_secret)).at(here.clock.now()))


COMMANDS = (admin,)
