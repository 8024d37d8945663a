"""Whatever is killed, paused or cut off while people work, no promise is broken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.chaos import running
from kernel import servers

SHORT_SECONDS = 8.0
LONG_SECONDS = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for an installation with private servers of its own."""
    yield tmp_path
    servers.wipe(tmp_path)


@pytest.mark.parametrize(
    ("seed", "seconds"),
    [
        (20261122, SHORT_SECONDS),
        *(pytest.param(seed, LONG_SECONDS, marks=pytest.mark.long) for seed in range(1, 21)),
    ],
)
def test_every_promise_is_kept_through_faults(folder: Path, seed: int, seconds: float) -> None:
    outcome = running.run(folder, seed, seconds)
    assert outcome.broken == []
    assert outcome.acknowledged > 0
    assert sum(outcome.faults.values()) > 0
