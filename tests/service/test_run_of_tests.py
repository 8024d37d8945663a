"""Test processes share one cluster and never each other's rows."""

from __future__ import annotations

import redis
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool


def test_the_database_of_a_process_is_its_own_and_migrated(
    database_url: str, worker_id: str
) -> None:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_database()")) == f"quorum_{worker_id}"
        assert inspect(connection).has_table("alembic_version")


def test_an_empty_database_has_no_tables(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url, poolclass=NullPool)
    assert inspect(engine).get_table_names() == []


def test_the_valkey_number_of_a_process_is_its_own(redis_url: str, worker_id: str) -> None:
    client = redis.Redis.from_url(redis_url)
    number = client.connection_pool.connection_kwargs["db"]
    assert number == (0 if worker_id == "master" else 1 + int(worker_id[2:]))
    assert client.ping()
    client.close()
