"""Installations in which a test says what follows which news, and what is due when."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kernel import chores
from kernel import runtime as runtimes
from kernel.chores import Chore, Work
from kernel.db import Database
from kernel.runtime import Runtime
from kernel.settings import Settings

Install = Callable[..., Runtime]
KeepChore = Callable[..., None]


@pytest.fixture
def install(database: Database, settings: Settings) -> Iterator[Install]:
    """Return a maker of installations over the emptied database: `install(follow_ups={…})`."""
    started: list[Runtime] = []

    def start(follow_ups: Any = None, schedule: Any = None) -> Runtime:
        runtime = runtimes.start(settings, follow_ups or {}, schedule or {})
        runtime.redis.flushdb()
        started.append(runtime)
        return runtime

    yield start
    for runtime in started:
        runtime.database.close()
        runtime.redis.close()


@pytest.fixture
def runtime(install: Install) -> Runtime:
    """An installation in which nothing follows and nothing is scheduled."""
    return install()


@pytest.fixture
def without_valkey(database: Database, settings: Settings) -> Iterator[Runtime]:
    """An installation whose Valkey went away."""
    lost = dataclasses.replace(settings, redis_url="unix:///nowhere/valkey.sock?db=0")
    runtime = runtimes.start(lost, {}, {"test.quick": 1})
    yield runtime
    runtime.database.close()


@pytest.fixture
def keep_chore(monkeypatch: pytest.MonkeyPatch) -> KeepChore:
    """Return a function that registers a chore for the length of a test."""

    def keep(name: str, work: Work, queue: str = "quick") -> None:
        monkeypatch.setitem(chores.REGISTRY, name, Chore(name, queue, work))

    return keep
