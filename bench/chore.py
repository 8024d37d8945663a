"""Run one chore in a process of its own and tell what it took.

`python -m bench.chore NAME KEY` prints JSON: its seconds, and its memory at the highest.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from bench import stage
from kernel import chores
from kernel import runtime as runtimes
from kernel.runtime import Runtime
from kernel.settings import ROOT, Settings
from marketplace import wiring


@dataclass(frozen=True)
class Took:
    """What a chore took: seconds, and the memory of its process at the highest."""

    seconds: float
    megabytes: float


def run(runtime: Runtime, name: str, key: object) -> Took:
    """Run a chore over an installation as a runner would, alone in a process."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.chore", name, str(key)],
        env=stage.environment(runtime.settings),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
        check=True,
    )
    return Took(**json.loads(done.stdout))


def main(name: str, key: str) -> None:
    """Do the work and print what it took; imports and connecting are not timed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    runtime = runtimes.start(Settings.load(), wiring.FOLLOW_UPS, wiring.SCHEDULE)
    started = time.perf_counter()
    chores.REGISTRY[name].work(runtime, key)
    seconds = time.perf_counter() - started
    json.dump({"seconds": seconds, "megabytes": _highest_kilobytes() / 1024}, sys.stdout)


def _highest_kilobytes() -> int:
    """Return what this process held at most; getrusage would count its parent's too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
