"""People who claim and answer whatever happens, and remember what was acknowledged."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from bench import stage

TIMEOUT_SECONDS = 8.0
TRIES_MAX = 40
PAUSE_SECONDS = 0.25
KEPT = ("accepted", "same", "changed")


@dataclass
class Acknowledged:
    """Every answer that the service said it keeps: what was said, by its outward id."""

    answers: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    failures: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Person:
    """One worker at work until told to stop."""

    address: str
    key: str
    job_ids: Sequence[UUID]
    chance: Random
    kept: Acknowledged
    stop: threading.Event

    def work(self) -> None:
        """Claim, answer, and again; a lost line is tried again with the very same answers."""
        while not self.stop.is_set():
            path = f"/api/v1/jobs/{self.chance.choice(self.job_ids)}/claims"
            found = self._ask(path, {"count": self.chance.randint(1, 10)}, tries=1)
            claims = found.get("claims") if found else None
            if claims:
                self._answer(claims)
            else:
                time.sleep(PAUSE_SECONDS)

    def _answer(self, claims: Sequence[dict[str, Any]]) -> None:
        values = {one["id"]: self.chance.choice(("cat", "dog")) for one in claims}
        answers = [
            {"assignment": id_, "result": _result(value), "active_seconds": 1}
            for id_, value in values.items()
        ]
        found = self._ask("/api/v1/answers", {"answers": answers}, tries=TRIES_MAX)
        with self.kept.lock:
            for one in found["outcomes"] if found else ():
                if one["status"] in KEPT:
                    self.kept.answers[one["assignment"]] = values[one["assignment"]]
                else:
                    count = self.kept.refusals.get(one["code"], 0)
                    self.kept.refusals[one["code"]] = count + 1

    def _ask(self, path: str, body: Any, tries: int) -> dict[str, Any] | None:
        for _ in range(tries):
            try:
                return self._send(path, body)
            except (OSError, http.client.HTTPException, ValueError):
                with self.kept.lock:
                    self.kept.failures += 1
                time.sleep(PAUSE_SECONDS)
        return None

    def _send(self, path: str, body: Any) -> dict[str, Any]:
        """Send a request; what is no answer of the service to it is an error, to be tried again."""
        line = http.client.HTTPConnection(self.address, timeout=TIMEOUT_SECONDS)
        try:
            headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
            line.request("POST", path, json.dumps(body), headers)
            came = line.getresponse()
            content: dict[str, Any] = json.loads(came.read())
            if came.status >= 500 or came.status == 429:
                raise ValueError(content.get("code"))
            return content
        finally:
            line.close()


def _result(value: str) -> list[dict[str, Any]]:
    return [{**stage.RESULT[0], "value": {"choices": [value]}}]
