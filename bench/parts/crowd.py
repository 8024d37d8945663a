"""Many senders at once: processes that each work on one connection, and pgbench doing the same."""

from __future__ import annotations

import multiprocessing
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measuring import Run, Sample
from kernel.servers import children, postgres
from kernel.servers.children import Guise

SENDERS = 8
THREADS = 2
Turn = Callable[[Any], int]


def of_processes(make: Callable[[int], Any], turn: Turn) -> Run:
    """Return a run in which eight processes take turns of their own until the time is used.

    `make` opens what a process needs, untimed; `turn` does one piece of work and counts it. Both
    are functions of a module, since processes are started anew.
    """

    def run(seconds: float) -> Sample:
        context = multiprocessing.get_context("fork")
        barrier, counts = context.Barrier(SENDERS + 1), context.Queue()
        plan = _Plan(make, turn, seconds, barrier, counts)
        senders = [context.Process(target=_send, args=(plan, each)) for each in range(SENDERS)]
        for sender in senders:
            sender.start()
        barrier.wait()
        started = time.perf_counter()
        total = sum(counts.get() for _ in senders)
        spent = time.perf_counter() - started
        for sender in senders:
            sender.join()
        return Sample(total, spent)

    return run


def of_pgbench(url: str, script: Path) -> Run:
    """Return a run in which pgbench sends a script on eight connections, as fast as it can."""
    program = postgres.find_programs() / "pgbench"
    sizes = [f"--client={SENDERS}", f"--jobs={THREADS}", "--no-vacuum", "--protocol=prepared"]

    def run(seconds: float) -> Sample:
        length = max(1, round(seconds))
        command: list[str | Path] = [program, *sizes, f"--time={length}", f"--file={script}", url]
        told = children.run(command, Guise.SELF).stdout
        found = re.search(r"number of transactions actually processed: (\d+)", told)
        assert found, told
        return Sample(int(found[1]), length)

    return run


@dataclass(frozen=True)
class _Plan:
    """Hold what senders share: how to work, how long, when to begin, and where to tell."""

    make: Callable[[int], Any]
    turn: Turn
    seconds: float
    barrier: Any
    counts: Any


def _send(plan: _Plan, number: int) -> None:
    desk = plan.make(number)
    plan.barrier.wait()
    ends, count = time.perf_counter() + plan.seconds, 0
    while time.perf_counter() < ends:
        count += plan.turn(desk)
    plan.counts.put(count)
