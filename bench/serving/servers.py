"""Serve the service and the floor under the same gunicorn, each on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench import stage
from kernel.settings import ROOT, Settings
from marketplace import serving

START_SECONDS = 60.0
STOP_SECONDS = 20.0
SERVICE, FLOOR = "wsgi:app", "bench.serving.floor:app"


@dataclass(frozen=True)
class Served:
    """A web server that answers: where, how long it took to, and its first process."""

    address: str
    start_seconds: float
    pid: int

    @property
    def megabytes(self) -> float:
        """Return the memory of its largest process, shared pages counted in full."""
        return max(_resident_bytes(pid) for pid in _family(self.pid)) / 2**20


@contextmanager
def served(settings: Settings, app: str) -> Iterator[Served]:
    """Serve an application over an installation until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    log = settings.local_folder / f"web-{app.partition(':')[0]}.log"
    command = [app if part == SERVICE else part for part in serving.web_command(address)]
    started = time.monotonic()
    with log.open("wb") as out, _process(command, stage.environment(settings), out) as web:
        try:
            _await(address)
            yield Served(address, time.monotonic() - started, web.pid)
        except Exception as error:
            error.add_note(f"The log of gunicorn ends with:\n{log.read_text()[-3000:]}")
            raise


@contextmanager
def _process(
    command: Sequence[str], environment: Mapping[str, str], out: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command until the block ends; what it logs, as in production, goes to a file."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stderr=out
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(address: str) -> None:
    """Wait for the first answer, whatever it says."""
    host, _, port = address.partition(":")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with socket.create_connection((host, int(port)), timeout=START_SECONDS) as line:
                line.sendall(f"GET /healthz HTTP/1.0\r\nHost: {address}\r\n\r\n".encode())
                if line.recv(1):
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"gunicorn does not answer at {address}.")


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def _resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
