"""The demo's story completes although its processes are killed at random moments."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS_MAX = 600
KINDS = ["web", "runner", "postgres", "valkey"]
KILLS_EACH = 2
SEED = 20261122


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def processes() -> Iterator[tuple[int, int, str, Path]]:
    """Yield (pid, parent, command line, working folder) of every process that can be seen."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            yield int(entry.name), int(stat[1]), command, (entry / "cwd").readlink()
        except OSError:
            continue


def victims(parent: int, folder: Path) -> dict[str, list[int]]:
    """Return the processes of this very run, by what they are."""
    seen = list(processes())
    own = [(pid, command) for pid, ppid, command, _ in seen if ppid == parent]
    servers = [(pid, cwd) for pid, _, _, cwd in seen if cwd.is_relative_to(folder)]
    return {
        "web": [pid for pid, command in own if "gunicorn" in command],
        "runner": [pid for pid, command in own if "run-chores" in command or "relay" in command],
        "postgres": [pid for pid, cwd in servers if "postgres" in cwd.parts],
        "valkey": [pid for pid, cwd in servers if "valkey" in cwd.parts],
    }


@pytest.mark.parametrize(
    "seed", [SEED, *(pytest.param(SEED + more, marks=pytest.mark.long) for more in range(1, 6))]
)
def test_no_acknowledged_answer_is_lost_and_nobody_is_paid_twice(tmp_path: Path, seed: int) -> None:
    """Kill web, runners, PostgreSQL and Valkey with SIGKILL while the crowd works."""
    local, chance = tmp_path / "local", random.Random(seed)
    with (tmp_path / "log").open("wb") as log:
        story = subprocess.Popen(
            [
                *(sys.executable, "-m", "flask", "--app", "wsgi", "demo", "--no-keep"),
                *("--address", f"127.0.0.1:{free_port()}"),
                *("--report", str(tmp_path / "report.json")),
            ],
            cwd=ROOT,
            env={**os.environ, "QUORUM_LOCAL": str(local), "QUORUM_ARGON2": "test"},
            stdout=log,
            stderr=log,
        )
        kinds = KINDS * KILLS_EACH
        chance.shuffle(kinds)
        killed: list[str] = []
        deadline = time.monotonic() + SECONDS_MAX
        try:
            while story.poll() is None and time.monotonic() < deadline:
                time.sleep(chance.uniform(2, 5))
                pids = victims(story.pid, local)[kinds[-1]] if kinds else []
                if pids and story.poll() is None:
                    os.kill(chance.choice(sorted(pids)), signal.SIGKILL)
                    killed.append(kinds.pop())
        finally:
            if story.poll() is None:
                story.kill()
            story.wait()
    assert story.returncode == 0, (tmp_path / "log").read_text()[-4_000:]
    assert set(killed) == set(KINDS), killed
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["books_balanced"] and report["invariants_broken"] == []
    assert Decimal(report["earned"]) == Decimal(report["answers"]) * Decimal("0.2")
    assert report["accuracy"] >= 0.95
    assert report["disputes_overturned"] == 1
