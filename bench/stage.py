"""What the parts are measured on: an installation of its own, a buyer, and the floor."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

import migrations
from bench import measuring
from bench.measuring import Run, Sample
from kernel import runtime as runtimes
from kernel.db import Database
from kernel.identity import Identity
from kernel.money import Money
from kernel.runtime import Runtime
from kernel.settings import ROOT, Settings
from kernel.types import new_id
from marketplace import replaying, setting_up, wiring
from marketplace.accounts.credentials import installation

FOLDER = ROOT / ".local" / "bench"
ANSWERS = 4
BUDGET = Money.parse("20000", "USD")
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
INTERFACE = """<View>
  <Text name="text" value="$item"/>
  <Choices name="answer" toName="text" choice="single" required="true">
    <Choice value="cat"/><Choice value="dog"/>
  </Choices>
</View>"""
RESULT = [
    {"from_name": "answer", "to_name": "text", "type": "choices", "value": {"choices": ["cat"]}}
]

DRAFT: Mapping[str, Any] = {
    "title": "Cats",
    "summary": "Say what each text is about.",
    "currency": "USD",
    "guidelines": "Say **what** it is.",
    "interface": INTERFACE,
    "reward": Money.parse("0.05", "USD"),
    "expected_seconds": 10,
    "redundancy": {"answers_min": ANSWERS, "answers_max": ANSWERS, "is_adaptive": False},
    "gold": {"first": 0, "every": 0},
}


@dataclass(frozen=True)
class Buyer:
    """One person acting for one organisation."""

    identity: Identity
    organisation_id: UUID


@contextmanager
def opened() -> Iterator[Runtime]:
    """Open an installation on private servers of its own, its database dropped afterwards."""
    settings = Settings.load({"QUORUM_LOCAL": str(FOLDER)})
    installation.use(settings.secret_key, settings.public_url)
    with replaying.scratch(settings) as runtime:
        runtime.redis.flushdb()  # nobody else uses these servers; limits of the last run end here
        _check_durable(runtime.database)
        yield runtime


@contextmanager
def kept(name: str) -> Iterator[Runtime]:
    """Open an installation whose database stays for the next run: large tables are made once."""
    settings = Settings.load({"QUORUM_LOCAL": str(FOLDER)})
    installation.use(settings.secret_key, settings.public_url)
    url = make_url(settings.database_url)
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as line:
        known = text("SELECT count(*) FROM pg_database WHERE datname = :name")
        if not line.scalar(known, {"name": name}):
            line.execute(text(f'CREATE DATABASE "{name}"'))
    server.dispose()
    own = replace(
        settings, database_url=url.set(database=name).render_as_string(hide_password=False)
    )
    migrations.upgrade(own.database_url)
    runtime = runtimes.start(own, wiring.FOLLOW_UPS, wiring.SCHEDULE)
    runtime.redis.flushdb()
    _check_durable(runtime.database)
    yield runtime
    runtime.database.close()


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which other processes join an installation."""
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "QUORUM_LOCAL": str(settings.local_folder),
        "QUORUM_STORAGE": str(settings.storage_folder),
    }


def a_buyer(runtime: Runtime) -> Buyer:
    """Found an organisation with money on its balance."""
    made = runtime.database.run(
        lambda uow: setting_up.person(
            runtime, uow, f"{new_id().hex}@example.org", "requester", "Buyer"
        )
    )
    assert made.organisation_id is not None
    setting_up.pay_in(runtime, made.organisation_id, BUDGET)
    return Buyer(Identity(made.user.id, is_confirmed=True), made.organisation_id)


def tidy(database: Database) -> None:
    """Do at once what autovacuum would have done within a minute: see how large the tables are."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line:
        line.execute(text("VACUUM ANALYZE"))


def bare_insert(database: Database) -> Run:
    """Return the floor of everything that must be durable: one small row, one commit.

    It uses the driver without SQLAlchemy, on the one connection that the service uses too.
    """
    with database.engine.begin() as line:
        line.execute(text("CREATE TABLE bench_floor (id uuid PRIMARY KEY, body text NOT NULL)"))

    def run(seconds: float) -> Sample:
        with database.engine.connect() as line:
            raw: Any = line.connection.driver_connection
            raw.autocommit = True
            try:
                return measuring.stepped(lambda: _insert(raw))(seconds)
            finally:
                raw.autocommit = False

    return run


def _insert(raw: psycopg.Connection[Any]) -> int:
    raw.execute("INSERT INTO bench_floor VALUES (%s, %s)", [new_id(), "one row"])
    return 1


def _check_durable(database: Database) -> None:
    """Hold that what is acknowledged would outlive a power cut: speed without it is no speed."""
    with database.engine.connect() as line:
        off = [name for name in DURABLE if line.scalar(text(f"SHOW {name}")) != "on"]
    assert not off, f"the servers run without {off}"
