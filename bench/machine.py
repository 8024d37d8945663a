"""Facts of the machine that a figure cannot be read without."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from typing import Any

from kernel.clock import Clock


@dataclass(frozen=True)
class Facts:
    """Hold the day, the machine, and how busy it was (mean runnable processes of a minute)."""

    day: str
    cores: int
    system: str
    python: str
    load_before: float
    load_after: float

    @property
    def sentence(self) -> str:
        """Return the facts in a sentence."""
        return (
            f"Measured on {self.day} with {self.cores} cores, {self.system}, Python {self.python};"
            f" load average {self.load_before:.1f} before and {self.load_after:.1f} after."
        )

    @property
    def record(self) -> dict[str, Any]:
        """Return the facts by name."""
        return dict(vars(self))


def load() -> float:
    """Return the load average of the last minute."""
    return os.getloadavg()[0]


def facts(load_before: float) -> Facts:
    """Look at the machine; what load there was before is for the caller to have seen."""
    return Facts(
        day=Clock().now().date().isoformat(),
        cores=len(os.sched_getaffinity(0)),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        load_before=round(load_before, 2),
        load_after=round(load(), 2),
    )
