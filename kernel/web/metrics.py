"""Prometheus counters of the web process, shared between its processes by files."""

from __future__ import annotations

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

REQUESTS = Counter("quorum_requests_total", "Requests by route and status", ["route", "status"])
SECONDS = Histogram(
    "quorum_request_seconds",
    "Seconds a request took, by route",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def install(app: Flask) -> None:
    """Count and time every request by its route."""

    def begin() -> None:
        g.metrics_started = time.perf_counter()

    def end(response: Response) -> Response:
        route = str(request.url_rule or "-")
        REQUESTS.labels(route, response.status_code).inc()
        SECONDS.labels(route).observe(time.perf_counter() - g.get("metrics_started", 0))
        return response

    app.before_request(begin)
    app.after_request(end)


def render(extra: CollectorRegistry) -> bytes:
    """Return the text of all metrics: this service's web processes together, then `extra`."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest() + generate_latest(extra)
    shared = CollectorRegistry()
    multiprocess.MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return generate_latest(shared) + generate_latest(extra)
