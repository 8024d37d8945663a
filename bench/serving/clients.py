"""The callers: closed loops over lines kept open, in a process of their own.

Reads a plan as JSON from standard input and writes what was seen to standard output: callers go
on for its seconds, `until` the job is `empty`, or until `everybody` has answered once. One thread
with a selector costs the machine far less than a thread for each caller: what is measured is the
service. Run as `python -m bench.serving.clients`.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections import Counter
from typing import Any

WAIT_SECONDS = 30.0
READ_BYTES = 256 * 1024


class Caller:
    """One person at a time on one line: claim, answer what came, and again."""

    def __init__(self, plan: dict[str, Any], keys: list[str], seen: Seen) -> None:
        host, _, port = plan["address"].partition(":")
        self.line = socket.create_connection((host, int(port)), timeout=WAIT_SECONDS)
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._plan, self._keys, self._seen = plan, keys, seen
        self._is_claiming, self._came, self._reason = True, b"", ""
        self._claim_path = f"/api/v1/jobs/{plan['job']}/claims"
        self._claim_body = json.dumps({"count": plan["count"]}).encode()

    def begin(self) -> None:
        """Ask for tasks."""
        self._is_claiming, self._reason = True, ""
        self._send(self._claim_path, self._claim_body)

    def read(self) -> bool:
        """Take in what came; tell whether this turn is over."""
        came = self.line.recv(READ_BYTES)
        if not came:
            raise ConnectionError("the service hung up")
        self._came += came
        head, blank, body = self._came.partition(b"\r\n\r\n")
        if not blank or len(body) < _length(head):
            return False
        self._came = b""
        status = int(head[9:12])
        self._seen.took(self._is_claiming, time.perf_counter() - self._started)
        return self._claimed(status, body) if self._is_claiming else self._answered(status, body)

    def goes_on(self) -> bool:
        """Tell whether there is another turn: for the next person, where each comes once."""
        if self._plan["until"] == "everybody" and not self._reason:
            self._keys.pop()
        if self._plan["until"] == "empty":
            return self._reason != "no_task_now"
        return bool(self._keys)

    def _claimed(self, status: int, body: bytes) -> bool:
        content = json.loads(body)
        if status >= 300 or not content["claims"]:
            self._reason = content.get("code") or (content.get("reason") or {}).get("code", "empty")
            self._seen.refused[self._reason] += 1
            return True
        answers = [
            {"assignment": one["id"], "result": self._plan["result"], "active_seconds": 10}
            for one in content["claims"]
        ]
        self._is_claiming = False
        self._send("/api/v1/answers", json.dumps({"answers": answers}).encode())
        return False

    def _answered(self, status: int, body: bytes) -> bool:
        content = json.loads(body)
        if status >= 300:
            self._seen.refused[content.get("code", str(status))] += 1
            return True
        for one in content["outcomes"]:
            if one["status"] == "accepted":
                self._seen.answers += 1
            else:
                self._seen.refused[one["code"]] += 1
        return True

    def _send(self, path: str, body: bytes) -> None:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._plan['address']}\r\n"
            f"Authorization: Bearer {self._keys[-1]}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._started = time.perf_counter()
        self.line.sendall(head.encode() + body)


class Seen:
    """What all callers saw together."""

    def __init__(self) -> None:
        self.answers = 0
        self.refused: Counter[str] = Counter()
        self.claim_seconds: list[float] = []
        self.answer_seconds: list[float] = []

    def took(self, is_claim: bool, seconds: float) -> None:
        """Note how long a request took."""
        (self.claim_seconds if is_claim else self.answer_seconds).append(seconds)


def call(plan: dict[str, Any]) -> dict[str, Any]:
    """Let all callers of a plan take turns until its seconds are over or nobody is left."""
    seen, chooser = Seen(), selectors.DefaultSelector()
    callers = [Caller(plan, keys, seen) for keys in plan["keys"]]
    started = time.perf_counter()
    until = started + plan["seconds"]
    for caller in callers:
        chooser.register(caller.line, selectors.EVENT_READ, caller)
        caller.begin()
    while chooser.get_map():
        ready = chooser.select(WAIT_SECONDS)
        if not ready:
            raise TimeoutError(f"no answer for {WAIT_SECONDS} seconds")
        for event, _ in ready:
            if event.data.read():
                _go_on(event.data, chooser, until)
    return {
        "answers": seen.answers,
        "seconds": time.perf_counter() - started,
        "refused": seen.refused,
        "claim_seconds": seen.claim_seconds,
        "answer_seconds": seen.answer_seconds,
    }


def _go_on(caller: Caller, chooser: selectors.BaseSelector, until: float) -> None:
    if caller.goes_on() and time.perf_counter() < until:
        caller.begin()
    else:
        chooser.unregister(caller.line)
        caller.line.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("the service tells no length")


if __name__ == "__main__":
    json.dump(call(json.load(sys.stdin)), sys.stdout)
