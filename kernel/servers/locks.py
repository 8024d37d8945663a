"""Hold file locks that the operating system gives back when their holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

POLL_SECONDS = 0.02


def share(path: Path) -> int:
    """Wait for a shared lock on a file and return the descriptor that holds it."""
    descriptor = _open(path)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def take(path: Path, seconds: float = 0.0) -> int | None:
    """Return the descriptor of an exclusive lock, or None when others keep it for that long."""
    descriptor = _open(path)
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return None
        time.sleep(POLL_SECONDS)


def is_taken(path: Path) -> bool:
    """Return whether anybody holds a lock on a file at this moment."""
    descriptor = take(path)
    if descriptor is None:
        return True
    drop(descriptor)
    return False


def drop(descriptor: int) -> None:
    """Give a lock back."""
    os.close(descriptor)


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
