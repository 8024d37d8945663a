"""A backlog of answers settled, decided and paid by two runners, one of them killed on the way."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from bench import stage
from bench.measuring import Row, Sample
from bench.serving import backlog, crowd
from kernel.runtime import Runtime
from kernel.settings import ROOT
from payouts import invariants

ABOUT = (
    "A backlog settled, decided and paid. 100,002 final answers of one job wait, three to a task; "
    "two runners and the relay, as `flask --app wsgi` starts them, conclude about each task, "
    "approve each answer and post its journal, durably. At a third of the way one runner is killed "
    "with SIGKILL and started again; then every invariant of the books is checked. The floor is a "
    "durable insert of one row by the driver alone on one connection."
)
TASKS = 33_334
WORKERS = 200
SECONDS_MAX = 900.0
LOOK_SECONDS = 0.25
COMMANDS = (("relay",), ("run-chores", "quick"), ("run-chores", "quick"))


def measure() -> list[Row]:
    """Measure how fast a backlog is worked off."""
    with stage.opened() as runtime:
        floor = stage.bare_insert(runtime.database)
        floor_rate = floor(2.0).rate
        buyer = stage.a_buyer(runtime)
        hands = crowd.hire(runtime.database, WORKERS)
        job_id = backlog.pile_up(runtime.database, buyer, hands, TASKS)
        seen = work_off(runtime, job_id, TASKS * 3)
        with runtime.database.unit_of_work() as uow:
            broken = [one.name for one in invariants.check(uow)]
        assert not broken, f"The books do not hold: {broken}"
        return [
            Row("bare durable insert", "rows", (floor_rate,), (floor_rate,)),
            Row(
                "settle, decide and pay, two runners",
                "answers",
                (seen.rate,),
                (floor_rate,),
                {"answers": f"{seen.count:,}", "seconds": f"{seen.seconds:.0f}", "killed": "1"},
            ),
        ]


def work_off(runtime: Runtime, job_id: UUID, count: int) -> Sample:
    """Start runners, kill one at a third of the way, and wait until all answers are paid."""
    with _processes(runtime) as running:
        runtime.database.run(lambda uow: uow.later("review.settle", job_id))
        started, has_killed = 0.0, False
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline:
            done = backlog.settled(runtime.database, job_id)
            started = started or (time.perf_counter() if done else 0.0)
            if not has_killed and done > count / 3:
                running[-1].send_signal(signal.SIGKILL)
                running.append(_start(runtime, COMMANDS[-1]))
                has_killed = True
            if done == count:
                return Sample(count, time.perf_counter() - started)
            time.sleep(LOOK_SECONDS)
    raise RuntimeError(f"Only {done} of {count} answers were settled in time.")


@contextmanager
def _processes(runtime: Runtime) -> Iterator[list[subprocess.Popen[bytes]]]:
    running = [_start(runtime, command) for command in COMMANDS]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()


def _start(runtime: Runtime, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    log = (runtime.settings.local_folder / "runners.log").open("ab")
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", *command],
            cwd=ROOT,
            env=stage.environment(runtime.settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
