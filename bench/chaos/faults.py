"""What may go wrong at any moment, done to the processes of one installation and no other."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import redis as redis_errors
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel.errors import DomainError
from kernel.runtime import Runtime

PAUSE_SECONDS_MAX = 4.0
STEP_SECONDS_MAX = 90
KINDS = ("web", "runner", "postgres", "valkey")


@dataclass
class Faults:
    """Do faults to the installation in a folder, served by a parent process; count what was done.

    All chance is one seeded generator's: the order of faults repeats, their moments nearly so.
    """

    runtime: Runtime
    parent: int
    folder: Path
    chance: Random
    done: dict[str, int] = field(default_factory=dict)
    _bag: list[tuple[str, Callable[[], bool]]] = field(default_factory=list)

    def next(self) -> None:
        """Do one fault; all kinds come once before one comes again."""
        if not self._bag:
            self._bag = self._every()
            self.chance.shuffle(self._bag)
        name, act = self._bag.pop()
        try:
            happened = act()
        except (DBAPIError, DomainError, redis_errors.RedisError, ProcessLookupError):
            happened = False  # what it would have hit is down already
        self.done[name] = self.done.get(name, 0) + happened

    def _every(self) -> list[tuple[str, Callable[[], bool]]]:
        kills = [(f"kill {kind}", lambda kind=kind: self._kill(kind)) for kind in KINDS]
        pauses = [(f"pause {kind}", lambda kind=kind: self._pause(kind)) for kind in KINDS]
        return [
            *kills,
            *pauses,
            ("flush Valkey", self._flush),
            ("step the clock", self._step),
            ("cut lines", self._cut),
        ]

    def _kill(self, kind: str) -> bool:
        return self._signal(kind, signal.SIGKILL) is not None

    def _pause(self, kind: str) -> bool:
        pid = self._signal(kind, signal.SIGSTOP)
        if pid is None:
            return False
        time.sleep(self.chance.uniform(0.5, PAUSE_SECONDS_MAX))
        os.kill(pid, signal.SIGCONT)
        return True

    def _signal(self, kind: str, number: signal.Signals) -> int | None:
        pids = sorted(victims(self.parent, self.folder)[kind])
        if not pids:
            return None
        pid = self.chance.choice(pids)
        os.kill(pid, number)
        return pid

    def _flush(self) -> bool:
        return bool(self.runtime.redis.flushall())

    def _step(self) -> bool:
        seconds = self.chance.randint(1, STEP_SECONDS_MAX)
        self.runtime.clock.advance(timedelta(seconds=seconds))
        return True

    def _cut(self) -> bool:
        with self.runtime.database.unit_of_work() as uow:
            uow.session.execute(_CUT)
        self.runtime.redis.client_kill_filter(_type="normal", skipme=True)
        return True


def victims(parent: int, folder: Path) -> dict[str, list[int]]:
    """Return the processes of one installation by what they are: none but those may be hurt."""
    seen = list(_processes())
    own = [(pid, command) for pid, ppid, command, _ in seen if ppid == parent]
    masters = {pid for pid, command in own if "gunicorn" in command}
    servers = [(pid, cwd) for pid, _, _, cwd in seen if cwd.is_relative_to(folder)]
    return {
        "web": [pid for pid, ppid, _, _ in seen if pid in masters or ppid in masters],
        "runner": [pid for pid, command in own if "run-chores" in command or "relay" in command],
        "postgres": [pid for pid, cwd in servers if "postgres" in cwd.parts],
        "valkey": [pid for pid, cwd in servers if "valkey" in cwd.parts],
    }


def _processes() -> Iterator[tuple[int, int, str, Path]]:
    """Yield (pid, parent, command line, working folder) of every process that can be seen."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            yield int(entry.name), int(stat[1]), command, (entry / "cwd").readlink()
        except OSError:
            continue


_CUT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
