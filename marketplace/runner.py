"""The processes behind the web: the relay with its sweeper, and RQ runners per queue."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

import redis as redis_errors
import structlog
from rq import Queue, SimpleWorker, Worker
from sqlalchemy.exc import SQLAlchemyError

from kernel import chores
from kernel.runtime import WAKE_LIST, Runtime

WAKE_SECONDS = 1
RESULT_SECONDS = 60
JOB_SECONDS_MAX = 600
QUEUED_MAX = 1_000
WOKEN_SECONDS = 30
log = structlog.get_logger(__name__)
_runtime: list[Runtime] = []


def run_chore(name: str, key: str) -> None:
    """Run one chore in a runner: the one function that RQ ever calls."""
    here = _runtime[0]
    here.redis.delete(_woken(name, key))
    chores.run(here, name, key)


def relay(runtime: Runtime) -> None:
    """Pass the outbox on, ask for what the schedule holds, wake runners; until told to stop.

    Losing Valkey loses nothing: what is due stays in PostgreSQL and is enqueued again.
    """
    stop = Stop()
    while not stop.asked:
        try:
            busy = relay_once(runtime)
        except (SQLAlchemyError, redis_errors.RedisError) as error:
            log.warning("relay_waits", error=type(error).__name__)
            busy = False
            stop.wait(WAKE_SECONDS)
        if not busy:
            _wait_for_nudge(runtime, stop)


def relay_once(runtime: Runtime) -> bool:
    """Do one round; tell whether there was anything to pass on."""
    passed = runtime.relay()
    with runtime.database.unit_of_work() as uow:
        due = chores.take_due(uow)
    for name, key in due:
        queue = Queue(chores.queue_of(name), connection=runtime.redis)
        if queue.count >= QUEUED_MAX:
            continue  # runners are behind or gone: PostgreSQL remembers, and asks again
        if not runtime.redis.set(_woken(name, key), "1", nx=True, ex=WOKEN_SECONDS):
            continue  # the same wake-up waits in the queue already
        queue.enqueue(
            run_chore,
            name,
            key,
            result_ttl=0,
            failure_ttl=RESULT_SECONDS,
            job_timeout=JOB_SECONDS_MAX,
        )
    return bool(passed or due)


def run(runtime: Runtime, queue: str, *, burst: bool = False) -> None:
    """Run chores of one queue until told to stop, or in a burst until there are none.

    Settling stays in one long-lived process; slow chores each get a fork of their own.
    """
    _runtime[:] = [runtime]
    kind: Any = Worker if queue == "slow" else SimpleWorker
    runner = kind([Queue(queue, connection=runtime.redis)], connection=runtime.redis)
    if kind is Worker:
        runtime.database.engine.dispose()
    runner.work(logging_level="WARNING", burst=burst)


def _woken(name: str, key: str) -> str:
    return f"quorum:woken:{name}:{key}"


def _wait_for_nudge(runtime: Runtime, stop: Stop) -> None:
    try:
        runtime.redis.blpop([WAKE_LIST], timeout=WAKE_SECONDS)
    except redis_errors.RedisError:
        stop.wait(WAKE_SECONDS)


class Stop:
    """Remember that a signal asked to stop, so that the round under way ends in peace."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    @property
    def asked(self) -> bool:
        """Tell whether to stop."""
        return self._asked.is_set()

    def wait(self, seconds: float) -> None:
        """Sleep; a signal ends it early."""
        self._asked.wait(seconds)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked.set()
