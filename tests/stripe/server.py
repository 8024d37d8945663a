"""The pretend Stripe's HTTP: keys, idempotency, faults, and Stripe's spec on both sides."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from tests.stripe import showing, spec, verbs
from tests.stripe.calls import Call, Refusal
from tests.stripe.company import Company
from tests.stripe.faults import Faults

KEY_HOURS = 24
SLOW_SECONDS = 1.5
SECRET_KEY = "sk_test_of_the_pretend_stripe"


@dataclass
class Kept:
    """What came of the first call with a key; no status yet: it is under way."""

    asked: str
    at: datetime
    status: int = 0
    body: Any = None


class Dropped(Exception):
    """Break the line instead of answering."""


class Stripe:
    """One pretend Stripe behind an address; `calls` are what was asked, in order."""

    def __init__(self, company: Company) -> None:
        self.company, self.faults = company, Faults()
        self.kept: dict[tuple[str, str], Kept] = {}
        self.calls: list[tuple[str, str, str]] = []
        self.versions: set[str] = set()
        self.under_way, self._counting = 0, threading.Lock()
        self._server: BaseWSGIServer | None = None

    @property
    def url(self) -> str:
        """Return the address the SDK is given."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.port}"

    def start(self) -> None:
        """Serve in threads of this process; nobody's first question waits for the spec to load."""
        spec.load()
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=Quiet)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Serve no more."""
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request, or break the line."""
        with self._counting:
            self.under_way += 1
        try:
            response = self._answer(Request(environ))
        except Dropped:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            response = Response(status=500)
        finally:
            with self._counting:
                self.under_way -= 1
        return response(environ, start)

    def begin_anew(self) -> None:
        """Forget everything that happened, as if nobody had ever asked."""
        assert self.company.breaches == []
        self.company = Company(self.company.now)
        self.kept.clear()
        self.calls.clear()

    def forget_keys(self) -> None:
        """Forget every key, as Stripe may from a day on."""
        self.kept.clear()

    def _answer(self, request: Request) -> Response:
        self.versions.add(request.headers.get("Stripe-Version", ""))
        key = request.headers.get("Idempotency-Key", "")
        self.calls.append((request.method, request.path, key))
        if request.headers.get("Authorization") != f"Bearer {SECRET_KEY}":
            return _told(401, Refusal(401, "", "Invalid API Key provided.").body())
        try:
            template, names = spec.find(request.method, request.path)
            sent = request.form if request.method == "POST" else request.args
            given = spec.read_request(request.method, template, sent)
        except spec.Breach as breach:
            self.company.breaches.append(str(breach))
            return _told(400, Refusal(400, "parameter_unknown", str(breach)).body())
        call = Call(names, given, request.headers.get("Stripe-Account", ""))
        fault = self.faults.take(request.method)
        if fault == "lost_question":
            raise Dropped
        if fault == "held":
            self.faults.wait_until_released()
        if fault == "busy":
            return _told(429, Refusal(429, "rate_limit", "Too many requests.").body())
        if fault == "in_use":
            return _told(409, _in_use())
        status, body, is_replay = self._once(request.method, template, call, key, fault)
        if fault == "lost_answer":
            raise Dropped
        if fault == "slow":
            time.sleep(SLOW_SECONDS)
        return _told(status, body, is_replay)

    def _once(
        self, method: str, template: str, call: Call, key: str, fault: str
    ) -> tuple[int, Any, bool]:
        """Do a call once for its key; keep what came of it, failures and 500s too."""
        company = self.company
        with company.lock:
            self._forget()
            asked = json.dumps([method, template, call.names, call.given], sort_keys=True)
            name = (call.account, key)
            seen = self.kept.get(name) if key else None
            if seen is not None and seen.asked != asked:
                message = "Keys for idempotent requests can only be used with the same parameters."
                return 400, Refusal(400, "", message, "idempotency_error").body(), False
            if seen is not None:
                return seen.status, seen.body, True
            status, body = self._do(method, template, call, fault)
            if key:
                self.kept[name] = Kept(asked, company.now(), status, body)
        return status, body, False

    def _do(self, method: str, template: str, call: Call, fault: str) -> tuple[int, Any]:
        company = self.company
        company.pass_time()
        if fault == "kept_500":
            return 500, Refusal(500, "", "Something went wrong.", "api_error").body()
        try:
            verb = verbs.VERBS.get((method, template))
            if verb is None:
                raise Refusal(404, "", f"The pretend Stripe does not do {method} {template}.")
            if call.account in company.cut:
                raise Refusal(403, "account_invalid", "No access to this account.")
            thing = verb(company, call)
            body = json.loads(
                json.dumps(showing.expand(company, thing, call.given.get("expand", ())))
            )
        except Refusal as refusal:
            spec.check_answer(method, template, refusal.body(), refusal.status)
            return refusal.status, refusal.body()
        try:
            spec.check_answer(method, template, body)
        except spec.Breach as breach:
            company.breaches.append(str(breach))
        if fault == "kept_500_done":
            return 500, Refusal(500, "", "Something went wrong.", "api_error").body()
        return 200, body

    def _forget(self) -> None:
        before = self.company.now() - timedelta(hours=KEY_HOURS)
        self.kept = {name: kept for name, kept in self.kept.items() if kept.at >= before}


class Quiet(WSGIRequestHandler):
    """Serve without a line in the log for each request."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def _in_use() -> Any:
    message = "There is currently another in-progress request using this Idempotency-Key."
    return Refusal(409, "idempotency_key_in_use", message, "idempotency_error").body()


def _told(status: int, body: Any, is_replay: bool = False) -> Response:
    response = Response(json.dumps(body), status, mimetype="application/json")
    response.headers["Request-Id"] = "req_pretend"
    if is_replay:
        response.headers["Idempotent-Replayed"] = "true"
    return response
