"""Keep the private servers of one folder running for as long as anybody uses them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from kernel.servers import children, locks, places, postgres, valkey
from kernel.servers.places import Places, Record, ServersFailed
from kernel.servers.postgres import Postgres
from kernel.servers.valkey import Valkey

POLL_SECONDS = 0.1
IDLE_SECONDS = 2.0
START_SECONDS = 60.0
STOP_SECONDS = 30.0
LOCK_SECONDS = 1.0  # others hold the lock for moments, to see whether it is free
RESTARTS_MAX = 5
RESTART_WINDOW_SECONDS = 60.0
READY = "ready"


@dataclass
class Running:
    """Hold one running server and when it had to be started again."""

    server: Postgres | Valkey
    process: subprocess.Popen[bytes]
    restarts: list[float] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    """Become the keeper of a folder in the background; return once its servers answer."""
    here, durable = Places(Path(arguments[0])), arguments[1] == "durable"
    if locks.take(here.keeper_lock, LOCK_SECONDS) is None:
        return 0  # another keeper was faster
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        with os.fdopen(reader) as stream:
            said = stream.read()
        if said == READY:
            return 0
        sys.stderr.write(said or "The keeper of the private servers died while starting.")
        return 1
    os.close(reader)
    _detach(here)
    return _keep(here, durable, os.fdopen(writer, "w"))


def _detach(here: Places) -> None:
    os.setsid()
    log, nothing = places.open_log(here.keeper_log), os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, target)
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))


def _keep(here: Places, durable: bool, launcher: TextIO) -> int:
    """Run the servers until nobody uses them; tell the launcher how the start went."""
    here.record.unlink(missing_ok=True)
    running: list[Running] = []
    is_over = False
    try:
        _start(here, durable, running)
        sockets = running[0].server.sockets
        places.write_record(here, Record(os.getpid(), str(sockets), durable))
        launcher.write(READY)
        launcher.close()
        _watch(here, running)
        is_over = True
    except Exception as problem:
        traceback.print_exc()
        if not launcher.closed:
            launcher.write(str(problem))
        return 1
    finally:
        launcher.close()
        here.record.unlink(missing_ok=True)
        for one in reversed(running):
            _stop(one)
        if is_over:  # else the next keeper makes the addresses good again
            places.remove_sockets(here)
    return 0


def _start(here: Places, durable: bool, running: list[Running]) -> None:
    guise = children.unprivileged()
    sockets = places.socket_folder(here, children.owner(guise))
    servers: list[Postgres | Valkey] = [
        postgres.prepare(here, guise, sockets, durable),
        valkey.prepare(here, sockets, durable),
    ]
    for server in servers:
        running.append(Running(server, server.start()))
    for one in running:
        _wait(one)


def _wait(one: Running) -> None:
    """Wait until a server answers; start it again if it dies, unless it keeps dying."""
    deadline = time.monotonic() + START_SECONDS
    while one.process.poll() is not None or not one.server.answers():
        if time.monotonic() > deadline:
            raise ServersFailed(f"{one.server.name} does not answer. {_last_words(one)}")
        if one.process.poll() is not None:
            _start_again(one)
        time.sleep(0.02)


def _start_again(one: Running) -> None:
    now = time.monotonic()
    one.restarts = [at for at in one.restarts if now - at < RESTART_WINDOW_SECONDS] + [now]
    if len(one.restarts) > RESTARTS_MAX:
        raise ServersFailed(
            f"{one.server.name} died {len(one.restarts)} times within a minute. {_last_words(one)}"
        )
    one.process = one.server.start()


def _last_words(one: Running) -> str:
    return f"Its log ends with:\n{places.log_tail(one.server.log)}"


def _watch(here: Places, running: list[Running]) -> None:
    """Return once nobody has used the servers for a while.

    The users' lock is kept on return: who comes now waits until this keeper is gone.
    """
    idle_since: float | None = None
    while True:
        time.sleep(POLL_SECONDS)
        for one in running:
            if one.process.poll() is not None:
                _wait(one)
        lock = locks.take(here.users_lock)
        if lock is None:
            idle_since = None
            continue
        idle_since = idle_since or time.monotonic()
        if time.monotonic() - idle_since >= IDLE_SECONDS:
            return
        locks.drop(lock)


def _stop(one: Running) -> None:
    """Ask a server to stop, then insist."""
    for number in one.server.stop_signals:
        with contextlib.suppress(subprocess.TimeoutExpired):
            one.process.send_signal(number)
            one.process.wait(STOP_SECONDS)
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
