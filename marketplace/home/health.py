"""Health for machines: alive, ready, and Prometheus metrics of the whole installation."""

from __future__ import annotations

from collections.abc import Iterator

import redis as redis_errors
from flask import Blueprint, Response, jsonify, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select, text

from kernel.chores import QUEUES, DueChore
from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.events import OutboxRow
from kernel.runtime import Runtime
from kernel.web import metrics
from kernel.web.http import endpoint, public, runtime
from payouts import queries as money

HEALTH = public("health")
LOOPBACK = {"127.0.0.1", "::1"}
blueprint = Blueprint("home_health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that this process answers."""
    return jsonify(status="ok")


healthz.permission = HEALTH  # type: ignore[attr-defined]


@blueprint.get("/readyz")
@endpoint(HEALTH)
def readyz(uow: UnitOfWork) -> Response:
    """Say whether database, schema and Valkey are there."""
    revision = uow.session.scalar(text("SELECT version_num FROM alembic_version"))
    try:
        valkey = bool(runtime().redis.ping())
    except redis_errors.RedisError:
        valkey = False
    answer = jsonify(status="ok" if valkey else "degraded", schema=revision, valkey=valkey)
    answer.status_code = 200 if valkey else 503
    return answer


@blueprint.get("/metrics")
@endpoint(HEALTH)
def prometheus(uow: UnitOfWork) -> Response:
    """Print the metrics in Prometheus' text format; in production to this machine only."""
    if runtime().settings.production and request.remote_addr not in LOOPBACK:
        raise Missing("not_found", "There is nothing at this address.")
    registry = CollectorRegistry()
    registry.register(_Installation(uow, runtime()))
    return Response(metrics.render(registry), mimetype="text/plain; version=0.0.4")


class _Installation(Collector):
    """Read what no single process knows: what waits, and whether the books hold."""

    def __init__(self, uow: UnitOfWork, here: Runtime) -> None:
        self._uow = uow
        self._here = here

    def collect(self) -> Iterator[Metric]:
        """Yield each family of metrics once."""
        yield from self._waiting()
        yield GaugeMetricFamily(
            "quorum_books_whole",
            "1 while the last check of the books found nothing broken",
            value=float(not money.is_halted(self._uow)),
        )

    def _waiting(self) -> Iterator[Metric]:
        oldest = self._uow.session.scalar(select(func.min(OutboxRow.at)))
        age = (self._uow.now - oldest).total_seconds() if oldest else 0.0
        yield GaugeMetricFamily("quorum_outbox_age_seconds", "Age of the oldest news", value=age)
        due = self._uow.session.scalar(select(func.count()).where(DueChore.due_at <= self._uow.now))
        yield GaugeMetricFamily("quorum_chores_due", "Chores that are due", value=due or 0)
        depth = GaugeMetricFamily("quorum_queue_depth", "Chores in a queue", labels=["queue"])
        for queue in QUEUES:
            depth.add_metric([queue], self._length(queue))
        yield depth

    def _length(self, queue: str) -> float:
        try:
            return float(self._here.redis.llen(f"rq:queue:{queue}"))
        except redis_errors.RedisError:
            return float("nan")
