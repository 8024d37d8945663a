"""One terminal: web, relay and runners as children of one process that keeps them alive."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from kernel.chores import QUEUES
from kernel.servers import ServersFailed
from kernel.settings import ROOT, Settings
from marketplace import runner

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 20
MEND_SECONDS = 1.0
WEB_PROCESSES = 2
WEB_THREADS = 4
PARENT = "QUORUM_PARENT"
log = structlog.get_logger(__name__)
Child = subprocess.Popen[bytes]


@dataclass
class Household:
    """The children by name, and how each is started; `tend` looks after what they rest on."""

    commands: dict[str, Sequence[str]]
    environment: dict[str, str]
    tend: Callable[[], None]
    children: dict[str, Child] = field(default_factory=dict)

    def start(self) -> None:
        """Start every child; each dies with this process."""
        for name in self.commands:
            self._start(name)

    def mend(self) -> None:
        """Start again what has died, the servers below first."""
        try:
            self.tend()
        except ServersFailed as error:
            log.warning("servers_failed", error=str(error))
        for name, child in list(self.children.items()):
            if child.poll() is not None:
                log.warning("child_died", child=name, exit_code=child.returncode)
                self._start(name)

    def stop(self) -> None:
        """Ask every child to finish what it is doing, then insist."""
        for child in self.children.values():
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def _start(self, name: str) -> None:
        self.children[name] = subprocess.Popen(
            self.commands[name], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL
        )


def household(settings: Settings, address: str) -> Household:
    """Describe web, relay and one runner per queue, each a process of its own."""
    flask = (sys.executable, "-m", "flask", "--app", "wsgi")
    commands: dict[str, Sequence[str]] = {"web": web_command(address)}
    commands["relay"] = (*flask, "relay")
    commands |= {f"runner-{queue}": (*flask, "run-chores", queue) for queue in QUEUES}
    counters = settings.local_folder / "metrics"
    shutil.rmtree(counters, ignore_errors=True)
    counters.mkdir(parents=True)
    own = {PARENT: str(os.getpid()), "PROMETHEUS_MULTIPROC_DIR": str(counters)}
    return Household(commands, {**os.environ, **own}, settings.tend_servers)


def web_command(address: str) -> Sequence[str]:
    """Return gunicorn's command: a few processes with a few threads each, loaded once."""
    return (
        *(sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", address),
        *("--worker-class", "gthread", "--preload", "--log-level", "warning"),
        *("--workers", os.environ.get("QUORUM_WEB_PROCESSES", str(WEB_PROCESSES))),
        *("--threads", os.environ.get("QUORUM_WEB_THREADS", str(WEB_THREADS))),
        *("--graceful-timeout", "15", "--timeout", "60", "--keep-alive", "5"),
        *("--worker-tmp-dir", _memory_folder()),
    )


def serve(household: Household) -> None:
    """Run all children until a signal asks to stop; start again what dies."""
    stop = runner.Stop()
    household.start()
    while not stop.asked:
        stop.wait(MEND_SECONDS)
        if not stop.asked:
            household.mend()
    household.stop()


def follow_parent() -> None:
    """Let a child of a household die with it, even when its parent is killed."""
    parent = os.environ.get(PARENT)
    if parent is None or sys.platform != "linux":
        return
    if os.getppid() == int(parent):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if not Path(f"/proc/{parent}").exists():
        sys.exit("The process that started this one is gone.")


def _memory_folder() -> str:
    """Return a folder for gunicorn's heartbeat files that never waits for a disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"
