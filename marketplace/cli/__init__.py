"""The command line: `flask --app wsgi …`, one module per family of commands."""

from __future__ import annotations

from flask import Flask

from marketplace.cli import books, consensus, demo, distributing, people, replay, running


def register(app: Flask) -> None:
    """Give an app its commands."""
    for command in (
        *running.COMMANDS,
        *people.COMMANDS,
        *books.COMMANDS,
        *distributing.COMMANDS,
        demo.demo,
        replay.replay,
        consensus.consensus,
    ):
        app.cli.add_command(command)
