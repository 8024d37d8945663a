"""Fixtures every test may ask for: a clean database, a clock that moves, an app and its clients."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from kernel import audit, events
from kernel.clock import Clock
from kernel.db import Base, Database
from kernel.runtime import Runtime
from kernel.settings import Settings

SECRET = "not a secret: these are tests, forty characters"


@pytest.fixture(scope="session")
def settings(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """The settings of this test process."""
    os.environ.setdefault("QUORUM_ARGON2", "test")
    return Settings.load(
        {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "QUORUM_LOCAL": str(tmp_path_factory.mktemp("local")),
            "SECRET_KEY": SECRET,
        }
    )


@pytest.fixture(scope="session")
def pool(settings: Settings) -> Iterator[Database]:
    """One pool of connections for the whole session of one test process."""
    opened = Database(
        settings.database_url, Clock(settings.clock_file), (audit.flush, events.flush)
    )
    yield opened
    opened.close()


@pytest.fixture
def database(pool: Database, settings: Settings) -> Database:
    """The database with every table empty and the clock unmoved."""
    from migrations import every_model

    names = ", ".join(f'"{table}"' for table in every_model().tables)
    assert names, Base.metadata
    with pool.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    if settings.clock_file:
        settings.clock_file.unlink(missing_ok=True)
    return pool


@pytest.fixture
def clock(database: Database) -> Clock:
    """The shared clock: `clock.advance(timedelta(days=3))`."""
    return database.clock


@pytest.fixture
def runtime(database: Database, settings: Settings) -> Iterator[Runtime]:
    """A whole installation over the emptied database: news is followed, schedules are kept."""
    from kernel import runtime as runtimes
    from marketplace import wiring

    started = runtimes.start(settings, wiring.FOLLOW_UPS, wiring.SCHEDULE)
    started.redis.flushdb()
    yield started
    started.database.close()


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """The web application over the emptied installation."""
    from marketplace.app import create_app

    return create_app(runtime)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A stranger's client."""
    return app.test_client()


@pytest.fixture
def money_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the books about money alone, where rows of work are left out on purpose."""
    from payouts import invariants
    from payouts.books import truths

    alone = {name: invariants.REGISTRY[name] for name in invariants.names(truths.MONEY)}
    monkeypatch.setattr(invariants, "REGISTRY", alone)


@pytest.fixture
def datasets() -> Path:
    """The folder of recorded crowds; only tests marked `datasets` may ask for it."""
    return Path(os.environ["QUORUM_DATASETS"])
