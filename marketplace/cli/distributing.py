"""The command that spreads the hot tables over the machines of a Citus cluster."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlalchemy import text

from kernel.web.http import runtime
from marketplace import distribution


@click.command("distribute")
@click.option("--show", is_flag=True, help="Print the statements and do nothing.")
@with_appcontext
def distribute(show: bool) -> None:
    """Distribute tasks, assignments, answers and labels by job; needs the extension Citus."""
    if show:
        for statement in distribution.statements():
            click.echo(f"{statement};")
        return
    with runtime().database.engine.begin() as line:
        found = line.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'citus'"))
        if not found:
            raise click.ClickException(distribution.LACKING)
        for statement in distribution.statements():
            line.execute(text(statement))
    click.echo(f"{len(distribution.HOT)} tables are distributed by job.")


COMMANDS = (distribute,)
