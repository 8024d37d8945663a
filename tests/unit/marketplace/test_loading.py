"""What a web process or a runner loads before it serves: nothing large that it may never need."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "sklearn",
    "scipy.stats",
    "scipy.optimize",
    "fpdf",
    "fontTools",
    "alembic",
    "demo",
    "stripe",
)
LOAD = "import sys; from marketplace import app, cli, wiring, serving; print(*sorted(sys.modules))"


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """Name what a process has read once it has an application and its commands."""
    done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_heavy_is_not_loaded_before_it_is_used(loaded: set[str], name: str) -> None:
    assert "marketplace.app" in loaded
    assert name not in loaded
