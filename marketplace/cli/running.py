"""Commands that keep an installation running: serve, web, relay, run, migrate, outbox, clock."""

from __future__ import annotations

import json
from datetime import timedelta

import click
from flask.cli import with_appcontext
from sqlalchemy import func, select

import migrations
from kernel import chores
from kernel.chores import DueChore
from kernel.events import OutboxRow
from kernel.web.http import runtime
from marketplace import runner, serving

ADDRESS = "127.0.0.1:8000"


@click.command("serve")
@click.option("--address", default=ADDRESS, show_default=True, help="Where to listen.")
@click.option("--sample/--no-sample", "with_sample", default=True, help="Post sample jobs.")
@with_appcontext
def serve(address: str, with_sample: bool) -> None:
    """Serve web and runners in this terminal, with sample jobs to try."""
    here = runtime()
    migrations.upgrade(here.settings.database_url)
    if with_sample and not here.settings.production:
        from marketplace import sample  # here, since every runner reads this module

        for line in sample.ensure(here):
            click.echo(line)
    click.echo(f"Quorum is at http://{address} — stop with Ctrl-C.")
    serving.serve(serving.household(here.settings, address))


@click.command("relay")
@with_appcontext
def relay() -> None:
    """Pass news on to runners: one such process per installation is enough."""
    runner.relay(runtime())


@click.command("run-chores")
@click.argument("queue", type=click.Choice(chores.QUEUES))
@with_appcontext
def run_chores(queue: str) -> None:
    """Run the chores of one queue until stopped."""
    runner.run(runtime(), queue)


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Bring the database up to date."""
    migrations.upgrade(runtime().settings.database_url)
    click.echo("The database is up to date.")


@click.command("outbox")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
def outbox(as_json: bool) -> None:
    """Show what waits: news not passed on, chores due, and chores that failed."""
    with runtime().database.unit_of_work() as uow:
        waiting, oldest = uow.session.execute(
            select(func.count(), func.min(OutboxRow.at)).select_from(OutboxRow)
        ).one()
        due = uow.session.scalars(select(DueChore).order_by(DueChore.due_at).limit(100)).all()
        rows = [
            {
                "chore": chore.name,
                "key": chore.key,
                "due_at": chore.due_at.isoformat(),
                "attempts": chore.attempts,
                "error": chore.error,
            }
            for chore in due
        ]
        age = (uow.now - oldest).total_seconds() if oldest else 0.0
    if as_json:
        click.echo(json.dumps({"news": waiting, "oldest_seconds": age, "chores": rows}))
        return
    click.echo(f"{waiting} news not passed on, the oldest {age:.0f} s old; {len(rows)} chores due.")
    for row in rows:
        click.echo(f"  {row['due_at']}  {row['chore']} {row['key']}  {row['error'] or ''}")


@click.command("advance-clock")
@click.option("--days", default=0.0, help="Days to move forward.")
@click.option("--seconds", default=0.0, help="Seconds to move forward.")
@with_appcontext
def advance_clock(days: float, seconds: float) -> None:
    """Move the shared test clock forward, so that waiting periods pass; not in production."""
    clock = runtime().clock
    clock.advance(timedelta(days=days, seconds=seconds))
    click.echo(f"It is now {clock.now():%Y-%m-%d %H:%M:%S} UTC for every process.")


COMMANDS = (serve, relay, run_chores, migrate, outbox, advance_clock)
