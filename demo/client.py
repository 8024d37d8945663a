"""A client like anybody's: JSON over HTTP, patient when the service is away for a moment."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import requests

PATIENCE_SECONDS = 60.0
TIMEOUT_SECONDS = 30.0
AWAY = frozenset({502, 503, 504})


class ProblemError(Exception):
    """A refusal of the service: its status, its code and its sentence."""

    def __init__(self, response: requests.Response) -> None:
        try:
            self.body = response.json()
        except ValueError:
            self.body = {"detail": response.text[:300]}
        self.status = response.status_code
        self.code = str(self.body.get("code", ""))
        super().__init__(
            f"{response.request.method} {response.url} answered {self.status} "
            f"{self.code}: {self.body.get('detail')} {self.body.get('fields', '')}"
        )


class Client:
    """One person at a browser: keeps the cookie and sends the token that goes with it."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._line = requests.Session()
        self._line.headers["Accept"] = "application/json"

    def get(self, path: str, **query: Any) -> Any:
        """Read something."""
        return self._send("GET", path, params=query).json()

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """Ask for something to be done, once, however often the line breaks."""
        if body is not None:
            more["json"] = body
        response = self._send("POST", path, **more)
        return response.json() if response.content else None

    def download(self, path: str) -> bytes:
        """Read a file."""
        return self._send("GET", path).content

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        """Yield the items of every page of a list."""
        cursor = None
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def sign_up(self, **person: Any) -> Any:
        """Sign up, or sign in where a broken line hid that it had worked."""
        try:
            made = self.post("/api/v1/sign-ups", person)
        except ProblemError as problem:
            if problem.code != "address_taken":
                raise
            made = self.sign_in(person["email"], person["password"])
        self._line.headers["X-CSRFToken"] = made["csrf_token"]
        return made

    def sign_in(self, email: str, password: str, code: str | None = None) -> Any:
        """Sign in."""
        body = {"email": email, "password": password} | ({"code": code} if code else {})
        made = self.post("/api/v1/sessions", body)
        self._line.headers["X-CSRFToken"] = made["csrf_token"]
        return made

    def _send(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {}
        if method == "POST" and "files" not in more:
            headers["Idempotency-Key"] = str(uuid.uuid4())
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                response = self._line.request(
                    method, self.base_url + path, headers=headers, timeout=TIMEOUT_SECONDS, **more
                )
                if response.status_code not in AWAY or time.monotonic() > deadline:
                    break
            except (requests.ConnectionError, requests.Timeout):
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.3)
        if response.status_code >= 400:
            raise ProblemError(response)
        return response
