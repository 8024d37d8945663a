"""Start or join a private PostgreSQL and Valkey that run for as long as somebody uses them.

Each process that calls `ensure` holds a shared lock on a file; the operating system takes it back
when the process ends, however it ends. A keeper in the background starts both servers, starts
again what dies, and stops both when nobody has held the lock for two seconds. The servers die with
their keeper. For desks and tests: production names real servers.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from kernel.servers import locks, places, postgres, valkey
from kernel.servers.places import Addresses, Places, ServersFailed

__all__ = ["Addresses", "ServersFailed", "ensure", "leave", "wipe"]

ROOT = Path(__file__).resolve().parent.parent.parent
ENSURE_SECONDS = 120.0
WIPE_SECONDS = 30.0

_held: dict[Path, int] = {}


def ensure(folder: Path, durable: bool = True) -> Addresses:
    """Make the calling process a user of the servers of a folder and return where they answer.

    `durable=False` trades safety against a power cut for speed; it is for the data of tests.
    Raises ServersFailed with the reason in a sentence.
    """
    here = Places(folder.resolve())
    if here.folder not in _held:
        # From here on no keeper stops its servers, so what answers now goes on answering.
        _held[here.folder] = locks.share(here.users_lock)
    deadline = time.monotonic() + ENSURE_SECONDS
    while time.monotonic() < deadline:
        found = _join(here, durable)
        if found is not None:
            return found
        if locks.is_taken(here.keeper_lock):
            time.sleep(0.05)
        else:
            _launch(here, durable)
    raise ServersFailed(f"The private servers do not answer; {here.keeper_log} may say why.")


def leave(folder: Path) -> None:
    """Stop being a user before the process ends."""
    descriptor = _held.pop(folder.resolve(), None)
    if descriptor is not None:
        locks.drop(descriptor)


def wipe(folder: Path) -> None:
    """Stop the servers of a folder and remove all their data.

    Raises ServersFailed while another process uses them.
    """
    leave(folder)
    here = Places(folder.resolve())
    users = locks.take(here.users_lock, seconds=1)
    if users is None:
        raise ServersFailed(f"Another process uses the servers of {here.folder}; end it first.")
    keeper = _stop_keeper(here)
    try:
        places.remove_sockets(here)
        here.record.unlink(missing_ok=True)
        if here.shelter.exists():
            shutil.rmtree(Path(here.shelter.read_text()))
            here.shelter.unlink()
        for data in (here.postgres, here.valkey):
            shutil.rmtree(data, ignore_errors=True)
    finally:
        locks.drop(keeper)
        locks.drop(users)


def _join(here: Places, durable: bool) -> Addresses | None:
    """Return the addresses if a living keeper's servers answer there."""
    record = places.read_record(here)
    if record is None or not locks.is_taken(here.keeper_lock):
        return None
    if not (postgres.connects(record.sockets) and valkey.connects(record.sockets)):
        return None
    if places.read_record(here) != record:
        return None  # its keeper has just been followed by another
    if durable and not record.durable:
        raise ServersFailed(f"The servers of {here.folder} were started without durability.")
    return places.addresses(record.sockets)


def _launch(here: Places, durable: bool) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "kernel.servers.keeper", str(here.folder)),
            "durable" if durable else "not-durable",
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode != 0:
        raise ServersFailed(done.stderr.strip())


def _stop_keeper(here: Places) -> int:
    """End the keeper, if there is one, and return its lock."""
    deadline = time.monotonic() + WIPE_SECONDS
    while time.monotonic() < deadline:
        lock = locks.take(here.keeper_lock, seconds=0.2)
        if lock is not None:
            return lock
        record = places.read_record(here)
        if record is not None:
            os.kill(record.keeper, signal.SIGTERM)
    raise ServersFailed(f"The keeper of {here.folder} does not end.")
