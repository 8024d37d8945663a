"""One terminal: web, relay and runners as children of one process that keeps them alive."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

import structlog

from kernel.chores import QUEUES
from kernel.runtime import Runtime
from kernel.servers import ServersFailed
from kernel.settings import Settings
from marketplace import runner

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 20
RESTART_SECONDS = 1.0
WEB_PROCESSES = 2
WEB_THREADS = 4
log = structlog.get_logger(__name__)
Start = Callable[[], Runtime]


@dataclass
class Household:
    """The children by name, and how each is started; `tend` looks after what they rest on."""

    jobs: dict[str, Callable[[], None]]
    tend: Callable[[], None]
    children: dict[str, BaseProcess] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start one child; it dies with this process."""
        context = multiprocessing.get_context("fork")
        child = context.Process(target=_as_child, args=(self.jobs[name], os.getpid()), name=name)
        child.start()
        self.children[name] = child

    def mend(self) -> None:
        """Start again what has died, the servers below first."""
        try:
            self.tend()
        except ServersFailed as error:
            log.warning("servers_failed", error=str(error))
        for name, child in list(self.children.items()):
            if not child.is_alive():
                log.warning("child_died", child=name, exit_code=child.exitcode)
                self.start(name)

    def stop(self) -> None:
        """Ask every child to finish what it is doing, then insist."""
        for child in self.children.values():
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children.values():
            child.join(max(0.1, deadline - time.monotonic()))
            if child.is_alive():
                child.kill()
                child.join()

    @property
    def pids(self) -> dict[str, int]:
        """Return the process ids by name."""
        return {name: child.pid or 0 for name, child in self.children.items()}


def household(start: Start, settings: Settings, address: str) -> Household:
    """Describe web, relay and one runner per queue; nothing is connected before the fork."""
    jobs: dict[str, Callable[[], None]] = {
        "web": lambda: web(settings, address),
        "relay": lambda: runner.relay(start()),
    }
    for queue in QUEUES:
        jobs[f"runner-{queue}"] = lambda queue=queue: runner.run(start(), queue)  # type: ignore[misc]
    return Household(jobs, settings.tend_servers)


def serve(household: Household) -> None:
    """Run all children until a signal asks to stop; start again what dies."""
    stop = runner.Stop()
    for name in household.jobs:
        household.start(name)
    while not stop.asked:
        stop.wait(RESTART_SECONDS)
        if not stop.asked:
            household.mend()
    household.stop()


def web(settings: Settings, address: str) -> None:
    """Become gunicorn: a few processes with a few threads each, counting metrics together."""
    counters = settings.local_folder / "metrics"
    shutil.rmtree(counters, ignore_errors=True)
    counters.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counters)
    arguments = [
        *("-m", "gunicorn", "wsgi:app", "--bind", address, "--worker-class", "gthread"),
        *("--workers", os.environ.get("QUORUM_WEB_PROCESSES", str(WEB_PROCESSES))),
        *("--threads", os.environ.get("QUORUM_WEB_THREADS", str(WEB_THREADS))),
        *("--graceful-timeout", "15", "--timeout", "60", "--keep-alive", "5"),
        *("--preload", "--log-level", "warning", "--worker-tmp-dir", _memory_folder()),
    ]
    os.execv(sys.executable, [sys.executable, *arguments])


def _memory_folder() -> str:
    """Return a folder for gunicorn's heartbeat files that never waits for a disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"


def _as_child(work: Callable[[], None], parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == parent:
        work()
