"""Fixtures that every test may ask for."""

from __future__ import annotations

from tests.fixtures import (
    app,
    client,
    clock,
    database,
    datasets,
    money_alone,
    pool,
    runtime,
    settings,
)
from tests.servers import (
    database_url,
    empty_database_url,
    pytest_configure,
    pytest_unconfigure,
    redis_url,
    servers,
)

__all__ = [
    "app",
    "client",
    "clock",
    "database",
    "database_url",
    "datasets",
    "empty_database_url",
    "money_alone",
    "pool",
    "pytest_configure",
    "pytest_unconfigure",
    "redis_url",
    "runtime",
    "servers",
    "settings",
]
