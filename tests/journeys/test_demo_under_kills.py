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
KILLS = 10
SEED = 20261122


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def processes() -> Iterator[tuple[int, int, str]]:
    """Yield (pid, parent, command line) of every process that can be seen."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            yield int(entry.name), int(stat[1]), command


def victims(parent: int, folder: Path) -> dict[str, list[int]]:
    """Return the processes of this very run, by what they are."""
    seen = list(processes())
    own = [pid for pid, ppid, _ in seen if ppid == parent]
    web = [pid for pid, _, command in seen if pid in own and "gunicorn" in command]
    servers = [
        (pid, command)
        for pid, _, command in seen
        if str(folder) in command and "keeper" not in command
    ]
    return {
        "web": web,
        "runner": [pid for pid in own if pid not in web],
        "postgres": [pid for pid, command in servers if "postgres" in command.split()[0]],
        "valkey": [pid for pid, command in servers if "valkey" in command.split()[0]],
    }


@pytest.mark.long
@pytest.mark.parametrize("seed", [SEED])
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
        killed: list[str] = []
        deadline = time.monotonic() + SECONDS_MAX
        try:
            while story.poll() is None and time.monotonic() < deadline:
                time.sleep(chance.uniform(2, 6))
                kind = chance.choice(["web", "runner", "postgres", "valkey"])
                pids = victims(story.pid, local)[kind]
                if pids and len(killed) < KILLS and story.poll() is None:
                    os.kill(chance.choice(sorted(pids)), signal.SIGKILL)
                    killed.append(kind)
        finally:
            if story.poll() is None:
                story.kill()
            story.wait()
    assert story.returncode == 0, (tmp_path / "log").read_text()[-4_000:]
    assert set(killed) == {"web", "runner", "postgres", "valkey"}, killed
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["books_balanced"] and report["invariants_broken"] == []
    assert Decimal(report["earned"]) == Decimal(report["answers"]) * Decimal("0.1")
    assert report["accuracy"] >= 0.95
    assert report["disputes_overturned"] == 1
