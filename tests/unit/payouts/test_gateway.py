"""Stripe serves where a key is set; else the pretend processor, and never in production."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kernel.clock import Clock
from kernel.db import Database
from kernel.settings import Settings
from payouts import gateway
from payouts.gateway.company import Stripe
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


def test_with_a_key_stripe_serves(database: Database) -> None:
    testing = gateway.connect(replace(SETTINGS, stripe_key="sk_test_1"), database)
    real = gateway.connect(replace(SETTINGS, stripe_key="sk_live_1"), database)
    assert isinstance(testing, Stripe) and isinstance(real, Stripe)
    assert (testing.is_live, real.is_live) == (False, True)


def test_the_pretend_processor_does_not_serve_in_production(database: Database) -> None:
    with pytest.raises(SystemExit, match="does not serve in production"):
        gateway.connect(replace(SETTINGS, production=True), database)
