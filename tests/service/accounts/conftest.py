"""Fixtures for tests of accounts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kernel import runtime as runtimes
from kernel.db import Database
from kernel.runtime import Runtime
from kernel.settings import Settings
from kernel.web.limits import Limits
from marketplace.accounts.credentials import installation


@pytest.fixture(autouse=True)
def _known_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make passwords cheap and say which installation this is."""
    monkeypatch.setenv("QUORUM_ARGON2", "test")
    installation.use("a secret for tests, long enough", "https://quorum.test")


@pytest.fixture
def runtime(database: Database, settings: Settings) -> Iterator[Runtime]:
    """An installation in which nothing follows: accounts are what is tested."""
    started = runtimes.start(settings, {}, {})
    started.redis.flushdb()
    yield started
    started.database.close()
    started.redis.close()


@pytest.fixture
def limits(runtime: Runtime) -> Limits:
    """The real rate limits, unused."""
    return Limits(runtime.settings.redis_url)
