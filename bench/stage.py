"""What the parts are measured on: a scratch installation, an open job, people, and the floor."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import text

from bench import measuring
from bench.measuring import Run, Sample
from kernel import chores
from kernel.db import Database
from kernel.identity import Identity
from kernel.money import Money
from kernel.runtime import Runtime
from kernel.settings import ROOT, Settings
from kernel.types import new_id
from marketplace import replaying, setting_up
from marketplace.accounts import keys
from marketplace.accounts.credentials import installation
from marketplace.jobs import drafting, publishing
from marketplace.jobs import queries as jobs
from marketplace.jobs.intake import importing

FOLDER = ROOT / ".local" / "bench"
TASKS = 20_000
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


@dataclass(frozen=True)
class Person:
    """One worker, and the API key that opens the service to them."""

    identity: Identity
    key: str

    @property
    def worker_id(self) -> UUID:
        """Return whom claims are made for."""
        assert self.identity.worker_id is not None
        return self.identity.worker_id


@contextmanager
def opened() -> Iterator[Runtime]:
    """Open an installation on private servers of its own, its database dropped afterwards."""
    settings = Settings.load({"QUORUM_LOCAL": str(FOLDER)})
    installation.use(settings.secret_key, settings.public_url)
    with replaying.scratch(settings) as runtime:
        runtime.redis.flushdb()  # nobody else uses these servers; limits of the last run end here
        _check_durable(runtime.database)
        yield runtime


def a_buyer(runtime: Runtime) -> Buyer:
    """Found an organisation with money on its balance."""
    made = runtime.database.run(
        lambda uow: setting_up.person(runtime, uow, "buyer@example.org", "requester", "Buyer")
    )
    assert made.organisation_id is not None
    setting_up.pay_in(runtime, made.organisation_id, BUDGET)
    return Buyer(Identity(made.user.id, is_confirmed=True), made.organisation_id)


def an_open_job(runtime: Runtime) -> UUID:
    """Publish a job of many tasks, as a requester would; return its id."""
    buyer, table = a_buyer(runtime), _table()
    upload = importing.Upload(io.BytesIO(table), "tasks.csv", len(table))
    with runtime.database.unit_of_work(buyer.identity) as uow:
        job = drafting.create(uow, buyer.organisation_id, DRAFT)
        importing.begin(uow, job, runtime.storage, upload, keep_good_rows=False)
    chores.drain(runtime)
    with runtime.database.unit_of_work(buyer.identity) as uow:
        publishing.fund(uow, jobs.job(uow, job.id, lock=True), BUDGET)
        publishing.publish(uow, jobs.job(uow, job.id, lock=True))
    return job.id


def some_people(runtime: Runtime, count: int) -> list[Person]:
    """Sign workers up and give each an API key."""
    return [_a_person(runtime, f"worker-{number}@example.org") for number in range(count)]


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


def _a_person(runtime: Runtime, email: str) -> Person:
    with runtime.database.unit_of_work() as uow:
        user = setting_up.person(runtime, uow, email, "worker", "Worker").user
        uow.identity = Identity(user.id, worker_id=user.worker_id, is_confirmed=True)
        _, token = keys.create(uow, keys.KeyOrder("bench", keys.WORK_SCOPES))
        return Person(uow.identity, token)


def _table() -> bytes:
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(["item"])
    table.writerows([f"text number {number}"] for number in range(TASKS))
    return file.getvalue().encode()


def _check_durable(database: Database) -> None:
    """Hold that what is acknowledged would outlive a power cut: speed without it is no speed."""
    with database.engine.connect() as line:
        off = [name for name in DURABLE if line.scalar(text(f"SHOW {name}")) != "on"]
    assert not off, f"the servers run without {off}"
