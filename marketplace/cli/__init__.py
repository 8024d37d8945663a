"""The command line: `flask --app wsgi …`, one module per family of commands."""

from __future__ import annotations

from flask import Flask

from marketplace.cli import books, distributing, people, running
from marketplace.cli.deferred import Deferred

# These read crowds, figures and progress bars, which take longer to load than all the rest.
DEFERRED = ("demo", "replay", "consensus")


def register(app: Flask) -> None:
    """Give an app its commands."""
    for command in (
        *running.COMMANDS,
        *people.COMMANDS,
        *books.COMMANDS,
        *distributing.COMMANDS,
        *(Deferred(name, f"{__name__}.{name}") for name in DEFERRED),
    ):
        app.cli.add_command(command)
