"""The pretend processor serves where no key is set, never in production."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kernel.clock import Clock
from kernel.db import Database
from kernel.settings import Settings
from payouts import gateway
from payouts.pretend.processor import Pretend

SETTINGS = Settings.load(
    {
        "DATABASE_URL": "postgresql+psycopg://nowhere",
        "REDIS_URL": "redis://nowhere",
        "QUORUM_LOCAL": "/nonexistent",
        "SECRET_KEY": "not a secret: these are tests, forty characters",
    }
)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A database nobody connects to."""
    return Database("postgresql+psycopg://nowhere", Clock(tmp_path / "clock"))


def test_without_a_key_the_pretend_processor_serves(database: Database) -> None:
    assert isinstance(gateway.connect(SETTINGS, database), Pretend)


def test_a_stripe_key_is_refused_in_this_version(database: Database) -> None:
    with pytest.raises(SystemExit, match="Stripe is not connected in this version"):
        gateway.connect(replace(SETTINGS, stripe_key="sk_test_1"), database)


def test_the_pretend_processor_does_not_serve_in_production(database: Database) -> None:
    with pytest.raises(SystemExit, match="does not serve in production"):
        gateway.connect(replace(SETTINGS, production=True), database)
