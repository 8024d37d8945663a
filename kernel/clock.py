"""The one clock: real time plus a shared offset that tests and demos may push forward."""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """Tell the moment; the offset lives in a file so that every process reads the same one.

    Without a file (production) the clock is plain real time and refuses to be moved.
    """

    def __init__(self, offset_file: Path | None = None) -> None:
        self._file = offset_file

    def now(self) -> datetime:
        """Return the present moment in UTC, offset included."""
        return datetime.now(UTC) + self.offset

    @property
    def offset(self) -> timedelta:
        """Return how far this clock stands ahead of real time."""
        if self._file is None:
            return timedelta(0)
        try:
            return timedelta(seconds=float(self._file.read_text()))
        except FileNotFoundError:
            return timedelta(0)

    def advance(self, step: timedelta) -> None:
        """Push the shared offset forward; raise RuntimeError where it may not move."""
        if self._file is None:
            raise RuntimeError("The clock is real time here and cannot be moved.")
        if step < timedelta(0):
            raise ValueError("Time only moves forward.")
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.with_suffix(".lock").open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            draft = self._file.with_suffix(".draft")
            draft.write_text(repr((self.offset + step).total_seconds()))
            draft.replace(self._file)
