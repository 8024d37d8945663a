"""Commands about the books."""

from __future__ import annotations

import json
import sys

import click
from flask.cli import with_appcontext

from kernel.web.http import runtime
from payouts import invariants


@click.group("books")
def books() -> None:
    """Look after the ledger."""


@books.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
def check(as_json: bool) -> None:
    """Check every invariant of the books; exit 1 if one is broken."""
    with runtime().database.unit_of_work() as uow:
        broken = invariants.check(uow)
    if as_json:
        click.echo(json.dumps({"checked": invariants.names(), "broken": [b.name for b in broken]}))
    else:
        click.echo(f"{len(invariants.names())} invariants checked, {len(broken)} broken.")
        for one in broken:
            click.echo(f"  {one.name}: {one.sentence}")
    sys.exit(1 if broken else 0)


COMMANDS = (books,)
