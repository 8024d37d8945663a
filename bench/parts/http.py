"""Claims and answers over HTTP on gunicorn, against a bare endpoint of the same processes."""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from bench import measuring, stage
from bench.measuring import Row, Run, Sample, Work
from bench.stage import Person
from kernel.settings import Settings
from marketplace import serving
from marketplace.serving import Household

ABOUT = (
    "Claims and answers over HTTP, eight workers at once. gunicorn as `flask --app wsgi serve` "
    "starts it, eight lines kept open, keys for sign-in, a job of 20,000 tasks with four answers "
    "each; the relay and runners rest, and the callers share the cores. Each answer is claimed and "
    "handed in, both durable. The floor is GET /healthz, which touches no database; ten at once "
    "are two requests and count as ten answers."
)
SECONDS = 5.0
WORKERS = 8
BATCH = 10
START_SECONDS = 60.0
TIMEOUT_SECONDS = 30.0
Turn = Callable[["_Line"], int]


@dataclass
class _Line:
    """One worker's open connection."""

    address: str
    person: Person

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection(self.address, timeout=TIMEOUT_SECONDS)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request and read what comes back; anything but success is an error."""
        headers = {"Authorization": f"Bearer {self.person.key}", "Content-Type": "application/json"}
        self._connection.request(method, path, json.dumps(body) if body else None, headers)
        came = self._connection.getresponse()
        content = came.read()
        if came.status >= 300:
            raise RuntimeError(f"{method} {path}: {came.status} {content.decode()[:300]}")
        return json.loads(content)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def measure() -> list[Row]:
    """Measure answers claimed and handed in, one and ten at a time."""
    with stage.opened() as runtime:
        job_id = stage.an_open_job(runtime)
        people = stage.some_people(runtime, WORKERS)
        stage.tidy(runtime.database)
        with _served(runtime.settings) as address:
            crowd = [(address, person) for person in people]
            works = [
                Work("GET /healthz", "requests", _at_once(crowd, _look)),
                Work("claim and answer one", "answers", _at_once(crowd, _answer(job_id, 1))),
                Work(
                    f"claim and answer {BATCH} at once",
                    "answers",
                    _at_once(crowd, _answer(job_id, BATCH)),
                ),
            ]
            return measuring.in_turns(works, SECONDS)


def _look(line: _Line) -> int:
    line.send("GET", "/healthz")
    return 1


def _answer(job_id: UUID, count: int) -> Turn:
    """Return one turn of a worker: claim up to so many tasks, answer them all."""

    def turn(line: _Line) -> int:
        claims = line.send("POST", f"/api/v1/jobs/{job_id}/claims", {"count": count})["claims"]
        answers = [
            {"assignment": one["id"], "result": stage.RESULT, "active_seconds": 10}
            for one in claims
        ]
        outcomes = line.send("POST", "/api/v1/answers", {"answers": answers})["outcomes"]
        assert all(one["status"] == "accepted" for one in outcomes), outcomes
        return len(outcomes)

    return turn


def _at_once(crowd: list[tuple[str, Person]], turn: Turn) -> Run:
    """Let everybody take turns at once, each in a thread with a line of their own."""

    def run(seconds: float) -> Sample:
        started = time.perf_counter()
        with ThreadPoolExecutor(len(crowd)) as threads:
            lines = [_Line(*one) for one in crowd]
            counts = threads.map(lambda line: _take(line, turn, started + seconds), lines)
            return Sample(sum(counts), time.perf_counter() - started)

    return run


def _take(line: _Line, turn: Turn, until: float) -> int:
    count = 0
    try:
        while time.perf_counter() < until:
            count += turn(line)
    finally:
        line.close()
    return count


@contextmanager
def _served(settings: Settings) -> Iterator[str]:
    """Serve an installation with gunicorn on a free port; yield the address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    own = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "QUORUM_LOCAL": str(settings.local_folder),
        "QUORUM_STORAGE": str(settings.storage_folder),
    }
    command = (*serving.web_command(address), "--error-logfile", str(_log_of(settings)))
    household = Household({"web": command}, {**os.environ, **own}, settings.tend_servers)
    household.start()
    try:
        _await(address)
        yield address
    except Exception as error:
        error.add_note(f"The log of gunicorn ends with:\n{_log_of(settings).read_text()[-3000:]}")
        raise
    finally:
        household.stop()


def _log_of(settings: Settings) -> Path:
    return settings.local_folder / "web.log"


def _await(address: str) -> None:
    host, _, port = address.partition(":")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"gunicorn does not answer at {address}.")
