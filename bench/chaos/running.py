"""One run of chaos: an installation with jobs and people, faults for a while, and a look at all."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import redis as redis_errors
from sqlalchemy.exc import DBAPIError

import migrations
from bench import stage
from bench.chaos import checking
from bench.chaos.faults import Faults
from bench.chaos.working import Acknowledged, Person
from bench.serving import crowd, filling
from bench.serving.filling import Shape
from kernel import runtime as runtimes
from kernel.runtime import Runtime
from kernel.settings import ROOT, Settings
from marketplace import wiring
from marketplace.accounts.credentials import installation

SHAPES = (Shape(3_000), Shape(300), Shape(1, overlap=1_000))
PEOPLE = 32
BETWEEN_SECONDS = (0.5, 3.0)
START_SECONDS = 120.0
QUIET_SECONDS = 240.0
STOP_SECONDS = 40.0
DELAY_PASSES = timedelta(days=4)


@dataclass
class Outcome:
    """What a run did and found: faults by kind, answers acknowledged, promises broken."""

    seed: int
    faults: dict[str, int]
    acknowledged: int
    refusals: dict[str, int]
    failures: int
    broken: list[str] = field(default_factory=list)


def run(folder: Path, seed: int, seconds: float) -> Outcome:
    """Let people work through faults for some seconds, wait until all is quiet, and check."""
    settings = Settings.load({"QUORUM_LOCAL": str(folder)})
    installation.use(settings.secret_key, settings.public_url)
    migrations.upgrade(settings.database_url)
    runtime = runtimes.start(settings, wiring.FOLLOW_UPS, wiring.SCHEDULE)
    try:
        job_ids, keys = _set_up(runtime)
        with _served(settings) as (address, pid):
            faults = Faults(runtime, pid, folder.resolve(), Random(seed))
            kept = _work(address, (job_ids, keys), faults, seconds)
            broken = _settle_down(runtime)
        broken += runtime.database.run(lambda uow: checking.broken(uow, kept.answers))
        count = len(kept.answers)
        return Outcome(seed, faults.done, count, kept.refusals, kept.failures, broken)
    finally:
        runtime.database.close()
        runtime.redis.close()


def _set_up(runtime: Runtime) -> tuple[list[UUID], list[str]]:
    buyer = stage.a_buyer(runtime)
    job_ids = [filling.fill(runtime.database, buyer, shape) for shape in SHAPES]
    return job_ids, [hand.key for hand in crowd.hire(runtime.database, PEOPLE)]


def _work(
    address: str, cast: tuple[list[UUID], list[str]], faults: Faults, seconds: float
) -> Acknowledged:
    """Let everybody work, each in a thread, while faults happen."""
    kept, stop, (job_ids, keys) = Acknowledged(), threading.Event(), cast
    people = [
        Person(address, key, job_ids, Random(number), kept, stop) for number, key in enumerate(keys)
    ]
    threads = [threading.Thread(target=person.work, daemon=True) for person in people]
    for thread in threads:
        thread.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(faults.chance.uniform(*BETWEEN_SECONDS))
        faults.next()
    stop.set()
    for thread in threads:
        thread.join()
    return kept


def _settle_down(runtime: Runtime) -> list[str]:
    """Let every waiting period pass and all that is due be done; say what is not done in time."""
    deadline, has_stepped = time.monotonic() + QUIET_SECONDS, False
    left = ["the servers"]
    while time.monotonic() < deadline:
        try:
            if not has_stepped:
                runtime.clock.advance(DELAY_PASSES)
                has_stepped = True
            left = runtime.database.run(checking.waiting)
            if not left:
                return []
        except (DBAPIError, redis_errors.RedisError):
            pass  # the servers are on their way back
        time.sleep(1)
    return [f"After {QUIET_SECONDS:.0f} seconds of peace some work still waits: {left}"]


@contextmanager
def _served(settings: Settings) -> Iterator[tuple[str, int]]:
    """Serve the installation as one terminal does, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve", "--no-sample"]
    own = {"QUORUM_LOCAL": str(settings.local_folder), "SECRET_KEY": settings.secret_key}
    with (settings.local_folder / "serve.log").open("wb") as log:
        parent = subprocess.Popen(
            [*command, "--address", address],
            cwd=ROOT,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            _await(address)
            yield address, parent.pid
        finally:
            parent.terminate()
            try:
                parent.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                parent.kill()
                parent.wait()


def _await(address: str) -> None:
    host, _, port = address.partition(":")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The service does not answer at {address}.")
