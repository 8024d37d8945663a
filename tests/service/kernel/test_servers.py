"""The private servers start for a user, survive what dies, and leave nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from kernel import servers
from kernel.servers import children, keeper, locks, places, postgres
from kernel.servers.children import Guise
from kernel.servers.places import Places

USER = """
import pathlib, sys, time
from kernel import servers
found = servers.ensure(pathlib.Path(sys.argv[1]))
sys.stdout.write(found.database_url + "\\n")
sys.stdout.flush()
time.sleep(60)
"""
KEEPER = """
import sys
from kernel.servers import children, keeper
guise = children.Guise(sys.argv[2])
children.guises = lambda: [guise]
sys.exit(keeper.main([sys.argv[1], "durable"]))
"""
WAIT_SECONDS = 20.0


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="quorum a test-"))
    yield made
    servers.wipe(made)
    shutil.rmtree(made)


@pytest.fixture
def user(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = _start_user(folder)
    _line(process)
    yield process
    _end(process)


def _start_user(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)],
        cwd=servers.ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not true():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.05)


def _processes(folder: Path) -> dict[str, int]:
    """Return the servers that work in a folder, each postmaster and Valkey by its name."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            where, name = (entry / "cwd").readlink(), (entry / "comm").read_text().strip()
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            parent_name = Path(f"/proc/{parent}/comm").read_text().strip()
        except OSError:
            continue
        if where.is_relative_to(folder) and name in ("postgres", "valkey-server"):
            key = "backend" if parent_name == "postgres" else name
            found[key] = int(entry.name)
    return found


def _keeper(folder: Path) -> int:
    record = places.read_record(Places(folder))
    assert record is not None
    return record.keeper


def _query(url: str, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", "", 1)) as connection:
        done = connection.execute(text.encode())
        return done.fetchall() if done.description else []


def _is_served(folder: Path) -> bool:
    record = places.read_record(Places(folder))
    return record is not None and postgres.connects(record.sockets)


def test_both_servers_answer_and_nothing_listens_on_the_network(folder: Path) -> None:
    found = servers.ensure(folder)
    assert _query(found.database_url, "SHOW listen_addresses") == [("",)]
    assert _query(found.database_url, "SHOW fsync") == [("on",)]
    assert _query(found.database_url, "SELECT lower('ÄÖ'), current_database()") == [
        ("äö", "quorum")
    ]
    client = redis.Redis.from_url(found.redis_url)
    assert client.config_get("port") == {"port": "0"}
    assert client.config_get("appendonly") == {"appendonly": "yes"}
    client.close()


def test_a_second_user_joins_the_same_servers(folder: Path, user: subprocess.Popen[str]) -> None:
    before = _processes(folder)
    servers.ensure(folder)
    assert _processes(folder)["postgres"] == before["postgres"]
    assert servers.ensure(folder) == servers.ensure(folder)


def test_two_first_users_at_once_share_one_cluster(folder: Path) -> None:
    both = [_start_user(folder), _start_user(folder)]
    urls = {_line(process) for process in both}
    for process in both:
        _end(process)
    assert len(urls) == 1
    assert urls != {""}


def test_servers_stop_soon_after_their_last_user_was_killed_and_keep_the_data(
    folder: Path, user: subprocess.Popen[str]
) -> None:
    url = servers.ensure(folder).database_url
    _query(url, "CREATE TABLE kept AS SELECT 7 AS number")
    servers.leave(folder)
    user.kill()
    _until(lambda: not _processes(folder) and not locks.is_taken(Places(folder).keeper_lock))
    assert not Places(folder).sockets.exists()
    again = servers.ensure(folder).database_url
    assert _query(again, "SELECT number FROM kept") == [(7,)]


def test_servers_run_on_while_one_user_is_left(folder: Path, user: subprocess.Popen[str]) -> None:
    url = servers.ensure(folder).database_url
    _end(user)
    time.sleep(keeper.IDLE_SECONDS + 1)
    assert _query(url, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("name", ["postgres", "valkey-server"])
def test_a_killed_server_is_started_again_at_the_same_address(folder: Path, name: str) -> None:
    found = servers.ensure(folder)
    _query(found.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
    client = redis.Redis.from_url(found.redis_url)
    client.set("kept", 7)
    killed = _processes(folder)[name]
    os.kill(killed, signal.SIGKILL)
    _until(lambda: _processes(folder).get(name) not in (None, killed) and _is_served(folder))
    assert servers.ensure(folder) == found
    assert _query(found.database_url, "SELECT number FROM kept") == [(7,)]
    assert client.get("kept") == b"7"
    client.close()


@pytest.mark.parametrize("name", ["postgres", "valkey-server"])
def test_a_server_killed_while_it_starts_is_started_again(folder: Path, name: str) -> None:
    user = _start_user(folder)
    _until(lambda: name in _processes(folder))
    os.kill(_processes(folder)[name], signal.SIGKILL)
    url = _line(user)
    assert _query(url, "SELECT 1") == [(1,)]
    _end(user)


def test_servers_die_with_a_killed_keeper_and_the_next_user_finds_all_data(folder: Path) -> None:
    found = servers.ensure(folder)
    _query(found.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
    before = _processes(folder)
    os.kill(_keeper(folder), signal.SIGKILL)
    again = servers.ensure(folder)
    assert again == found, "who still holds the old address can go on"
    assert not set(before.values()) & set(_processes(folder).values())
    assert _query(again.database_url, "SELECT number FROM kept") == [(7,)]


def test_nothing_is_left_when_the_keeper_is_killed_and_nobody_comes(folder: Path) -> None:
    servers.ensure(folder)
    os.kill(_keeper(folder), signal.SIGKILL)
    _until(lambda: not _processes(folder))


def test_a_stale_pid_that_is_now_a_strangers_does_not_stop_the_start(folder: Path) -> None:
    servers.ensure(folder)
    pid_file = folder / "postgres" / "data" / "postmaster.pid"
    stale = pid_file.read_text().splitlines()
    os.kill(_keeper(folder), signal.SIGKILL)
    _until(lambda: not _processes(folder))
    pid_file.write_text("\n".join([str(os.getpid()), *stale[1:]]) + "\n")
    pid_file.chmod(0o600)
    assert _query(servers.ensure(folder).database_url, "SELECT 1") == [(1,)]


def test_data_are_not_wiped_under_another_user(folder: Path, user: subprocess.Popen[str]) -> None:
    with pytest.raises(servers.ServersFailed, match="Another process uses"):
        servers.wipe(folder)
    assert _is_served(folder)


def test_a_wipe_removes_the_data(folder: Path) -> None:
    _query(servers.ensure(folder).database_url, "CREATE TABLE gone (number int)")
    servers.wipe(folder)
    assert not _processes(folder)
    assert not (folder / "postgres").exists()
    url = servers.ensure(folder).database_url
    assert _query(url, "SELECT to_regclass('gone')") == [(None,)]


def test_servers_without_durability_are_refused_to_those_who_need_it(folder: Path) -> None:
    url = servers.ensure(folder, durable=False).database_url
    assert _query(url, "SHOW fsync") == [("off",)]
    with pytest.raises(servers.ServersFailed, match="without durability"):
        servers.ensure(folder)


def test_a_missing_postgresql_is_told_in_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUORUM_POSTGRES_BIN", str(folder / "nowhere"))
    with pytest.raises(servers.ServersFailed, match=r"No PostgreSQL 18 or newer was found"):
        servers.ensure(folder)


@pytest.mark.parametrize("guise", children.guises(), ids=lambda guise: guise.value)
def test_every_guise_this_machine_allows_serves_and_dies_with_its_keeper(
    folder: Path, guise: Guise
) -> None:
    command = [sys.executable, "-c", KEEPER, str(folder), guise.value]
    subprocess.run(command, cwd=servers.ROOT, check=True)
    url = servers.ensure(folder).database_url
    _query(url, "CREATE TABLE kept AS SELECT 7 AS number")
    shelter = Places(folder).shelter
    home = Path(shelter.read_text()) if shelter.exists() else folder
    assert "postgres" in _processes(home)
    os.kill(_keeper(folder), signal.SIGKILL)
    _until(lambda: not _processes(home) and not _processes(folder))
    subprocess.run(command, cwd=servers.ROOT, check=True)
    assert _query(servers.ensure(folder).database_url, "SELECT number FROM kept") == [(7,)]
