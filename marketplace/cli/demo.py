"""The demo command: serve, play the story over HTTP, print the report, and stay on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click
import pyotp
import requests
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

import migrations
from demo import printing
from demo.client import Client
from demo.requester import PASSWORD
from demo.story import Stage, Story
from kernel.runtime import Runtime
from kernel.web.http import runtime
from marketplace import serving
from marketplace.accounts import sign_up
from marketplace.cli.running import ADDRESS

READY_SECONDS = 180
SEED = 7
REPORT = Path("demo-report.json")


class Bar:
    """A progress bar on a terminal, a line per step elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console
        )
        self._task: TaskID | None = None

    def step(self, sentence: str) -> None:
        """Begin a step."""
        if not self._console.is_terminal:
            self._console.print(f"· {sentence}")
            return
        if self._task is None:
            self._bar.start()
        else:
            self._bar.update(self._task, total=1, completed=1)
        self._task = self._bar.add_task(sentence, total=None)

    def part(self, done: int, total: int) -> None:
        """Show how far the step is."""
        if self._task is not None:
            self._bar.update(self._task, total=total, completed=done)
        elif not self._console.is_terminal:
            self._console.print(f"    {done} of {total} labels")

    def close(self) -> None:
        """Leave the finished bar on the screen."""
        if self._task is not None:
            self._bar.update(self._task, total=1, completed=1)
            self._bar.stop()


@click.command("demo")
@click.option("--address", default=ADDRESS, show_default=True, help="Where to listen.")
@click.option("--seed", default=SEED, show_default=True, help="Seed of the crowd and the items.")
@click.option("--keep/--no-keep", default=None, help="Keep serving (default: on a terminal).")
@click.option(
    "--report",
    "report_path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=REPORT,
    show_default=True,
    help="Where to write the figures as JSON.",
)
@with_appcontext
def demo(address: str, seed: int, keep: bool | None, report_path: Path) -> None:
    """Run the main job on 300 real handwritten digits with a crowd of 40 simulated workers."""
    here = runtime()
    if here.settings.production:
        raise click.ClickException("The demo moves the clock and is not for production.")
    migrations.upgrade(here.settings.database_url)
    console = Console(stderr=True)
    with running(here, address):
        story = Story(stage(here, address, seed), bar := Bar(console))
        try:
            report = story.tell()
        finally:
            bar.close()
        report.write(report_path)
        click.echo(printing.text(story, report_path))
        if sys.stdout.isatty() if keep is None else keep:
            click.echo(printing.sign_ins(story, f"http://{address}"))
            _until_interrupted()
    sys.exit(1 if report.invariants_broken or not report.books_balanced else 0)


def stage(here: Runtime, address: str, seed: int) -> Stage:
    """Set the stage: a clock that all processes share, and an admin made as admins are made."""
    run = f"{int(time.time()):x}"
    email = f"admin-{run}@example.org"
    made = here.database.run(lambda uow: sign_up.make_admin(uow, email, PASSWORD))
    base_url = f"http://{address}"
    lock = threading.Lock()

    def pass_time(step: timedelta) -> None:
        with lock:
            here.clock.advance(step)
        time.sleep(min(0.05, step.total_seconds()))

    def admin() -> Client:
        here.clock.advance(timedelta(seconds=30))
        client = Client(base_url)
        client.sign_in(email, PASSWORD, pyotp.TOTP(made.totp_secret).at(here.clock.now()))
        return client

    return Stage(base_url, pass_time, admin, email, run, seed)


@contextmanager
def running(here: Runtime, address: str) -> Iterator[serving.Household]:
    """Keep web, relay and runners alive beside the story."""
    home = serving.household(here.settings, address)
    stop = threading.Event()
    home.start()
    mending = threading.Thread(target=_mend, args=(home, stop), daemon=True)
    mending.start()
    try:
        _wait_until_ready(address)
        yield home
    finally:
        stop.set()
        mending.join()
        home.stop()


def _mend(home: serving.Household, stop: threading.Event) -> None:
    while not stop.wait(serving.MEND_SECONDS):
        home.mend()


def _wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if requests.get(f"http://{address}/readyz", timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise click.ClickException(f"The service did not answer at http://{address}/readyz.")


def _until_interrupted() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("Stopping.")
