"""The clock is shared by all who read it, moves forward only, and in production not at all."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kernel.clock import Clock

OTHER = """
import pathlib, sys
from datetime import timedelta
from kernel.clock import Clock
clock = Clock(pathlib.Path(sys.argv[1]))
sys.stdout.write(str(clock.offset.total_seconds()))
clock.advance(timedelta(hours=1))
"""


@pytest.fixture
def offset_file(tmp_path: Path) -> Path:
    return tmp_path / "local" / "clock-offset"


def test_an_unmoved_clock_tells_real_time(offset_file: Path) -> None:
    before = datetime.now(UTC)
    assert before <= Clock(offset_file).now() <= datetime.now(UTC)


def test_a_push_is_seen_by_every_clock_at_once(offset_file: Path) -> None:
    one, two = Clock(offset_file), Clock(offset_file)
    for days in range(1, 50):
        one.advance(timedelta(days=1))
        assert two.offset == one.offset == timedelta(days=days)
    assert two.now() > datetime.now(UTC) + timedelta(days=48)


def test_another_process_reads_and_pushes_the_same_clock(offset_file: Path) -> None:
    clock = Clock(offset_file)
    clock.advance(timedelta(minutes=30))
    command = [sys.executable, "-c", OTHER, str(offset_file)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert float(said.stdout) == 1_800
    assert clock.offset == timedelta(minutes=90)


def test_no_push_is_lost_when_many_push_at_once(offset_file: Path) -> None:
    def push(_: int) -> None:
        Clock(offset_file).advance(timedelta(seconds=1))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(push, range(40)))
    assert Clock(offset_file).offset == timedelta(seconds=40)


def test_time_only_moves_forward(offset_file: Path) -> None:
    clock = Clock(offset_file)
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(microseconds=-1))
    assert clock.offset == timedelta(0)


def test_production_refuses_to_be_moved() -> None:
    clock = Clock(None)
    with pytest.raises(RuntimeError, match="real time"):
        clock.advance(timedelta(days=1))
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
