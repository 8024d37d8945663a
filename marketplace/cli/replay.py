"""The replay command: recorded real answers, run through the whole marketplace."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from demo.report import Report, table
from kernel.web import logs
from kernel.web.http import runtime
from marketplace import recordings, replaying


@click.command("replay")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--redundancy",
    type=click.Choice(["adaptive", "all"]),
    default="adaptive",
    show_default=True,
    help="Buy answers until labels are sure, or all that were recorded.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of the order and the gold.")
@click.option(
    "--gold-share",
    type=click.FloatRange(0, 0.5),
    default=0.05,
    show_default=True,
    help="Share of the tasks with truth that serve as gold.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
def replay(folder: Path, redundancy: str, seed: int, gold_share: float, as_json: bool) -> None:
    """Run the marketplace over FOLDER's answers.csv and truth.csv in a scratch database."""
    here = runtime()
    if here.settings.production:
        raise click.ClickException("A replay makes and drops a database: not in production.")
    try:
        recording = recordings.read(folder)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"This folder cannot be replayed: {error}") from None
    logs.configure("WARNING")
    choices = replaying.Choices(redundancy, seed, gold_share)
    recorded = sum(len(own) for own in recording.answers.values())
    with (
        replaying.scratch(here.settings) as runtime_of_its_own,
        click.progressbar(length=recorded, label="answers", show_pos=True, file=sys.stderr) as bar,
    ):
        report = replaying.Replay(runtime_of_its_own, recording, choices, bar.update).run()
    click.echo(report.as_json() if as_json else _text(report))
    sys.exit(1 if report.invariants_broken or not report.books_balanced else 0)


def _text(report: Report) -> str:
    return table(
        [
            ("tasks (gold among them)", f"{report.tasks}"),
            ("labels", f"{report.labels}"),
            ("accuracy", f"{report.accuracy:.2%}"),
            ("majority vote on the same answers", f"{report.accuracy_majority:.2%}"),
            ("answers used, gold included", f"{report.answers}"),
            ("workers", f"{report.workers}"),
            ("workers stopped by gold", f"{report.workers_removed}"),
            ("earned by workers, USD", report.earned),
            ("fees, USD", report.fees),
            ("books balanced to the micro", "yes" if report.books_balanced else "NO"),
            ("invariants broken", ", ".join(report.invariants_broken) or "none"),
            ("seconds", f"{report.seconds}"),
        ]
    )
