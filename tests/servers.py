"""Give each test process its own database and Valkey number on one cluster for the whole run."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from kernel import servers as private_servers
from kernel.servers import Addresses, locks

FOLDER_VARIABLE = "QUORUM_TEST_SERVERS"
TEMPLATE = "quorum_template"
TEMPLATE_SECONDS_MAX = 120.0


def pytest_configure(config: pytest.Config) -> None:
    """Name the folder of this run's cluster; processes of pytest-xdist inherit the name."""
    if not _is_xdist_worker(config):
        os.environ[FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="quorum-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the cluster of this run and remove every trace of it."""
    if not _is_xdist_worker(config) and FOLDER_VARIABLE in os.environ:
        folder = Path(os.environ.pop(FOLDER_VARIABLE))
        private_servers.wipe(folder)
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def servers() -> Addresses:
    """Return the addresses of the run's cluster, started by whoever asks first."""
    return private_servers.ensure(_folder(), durable=False)


@pytest.fixture(scope="session")
def database_url(servers: Addresses, worker_id: str) -> str:
    """Return a migrated database that belongs to this test process alone."""
    _make_template(servers)
    name = f"quorum_{worker_id}"
    _create_database(servers, name, TEMPLATE)
    return _url(servers, name)


@pytest.fixture(scope="session")
def redis_url(servers: Addresses, worker_id: str) -> str:
    """Return a Valkey number that belongs to this test process alone."""
    number = 0 if worker_id == "master" else 1 + int(worker_id.removeprefix("gw"))
    return servers.redis_url.replace("?db=0", f"?db={number}")


@pytest.fixture
def empty_database_url(servers: Addresses, worker_id: str) -> Iterator[str]:
    """Return a database without any table, for one test of migrations."""
    name = f"quorum_{worker_id}_empty"
    _create_database(servers, name, "template0")
    yield _url(servers, name)
    with _connect(servers) as connection:
        query = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        connection.execute(query.format(sql.Identifier(name)))


def _make_template(servers: Addresses) -> None:
    """Migrate a template once a run, while the other processes wait."""
    import migrations  # here, so that tests without a database do not load every table

    lock = locks.take(_folder() / "template.lock", TEMPLATE_SECONDS_MAX)
    assert lock is not None, "Another test process has been migrating for two minutes."
    done = _folder() / "template.done"
    if not done.exists():
        _create_database(servers, TEMPLATE, "template0")
        migrations.upgrade(_url(servers, TEMPLATE))
        done.touch()
    locks.drop(lock)


def _create_database(servers: Addresses, name: str, template: str) -> None:
    with _connect(servers) as connection:
        query = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(query.format(sql.Identifier(name), sql.Identifier(template)))


def _connect(servers: Addresses) -> psycopg.Connection[tuple[object, ...]]:
    plain = servers.database_url.replace("+psycopg", "", 1)
    return psycopg.connect(plain, autocommit=True)


def _url(servers: Addresses, name: str) -> str:
    return servers.database_url.replace("@/quorum?", f"@/{name}?", 1)


def _folder() -> Path:
    return Path(os.environ[FOLDER_VARIABLE])


def _is_xdist_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
