"""An installation in which nobody follows the news: jobs are what is tested."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kernel import runtime as runtimes
from kernel.db import Database
from kernel.runtime import Runtime
from kernel.settings import Settings


@pytest.fixture
def runtime(database: Database, settings: Settings) -> Iterator[Runtime]:
    """The installation over the emptied database."""
    started = runtimes.start(settings, {}, {})
    yield started
    started.database.close()
    started.redis.close()
