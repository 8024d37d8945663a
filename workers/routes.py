"""Admins' addresses for a worker's standing."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from kernel.db import UnitOfWork
from kernel.web.http import endpoint
from workers import policy, queries, service
from workers.models import Worker
from workers.schemas import StandingIn, WorkerOut

blueprint = Blueprint(
    "workers", __name__, url_prefix="/api/v1", description="Workers and their standing"
)


@blueprint.post("/workers/<uuid:worker_id>/suspension")
@endpoint(policy.DECIDE_STANDING, load=queries.locked)
@blueprint.arguments(StandingIn)
@blueprint.response(200, WorkerOut)
def suspend(uow: UnitOfWork, worker: Worker, data: dict[str, Any]) -> Worker:
    """Suspend a worker with a written reason."""
    return service.suspend(uow, worker, data["sentence"])


@blueprint.delete("/workers/<uuid:worker_id>/suspension")
@endpoint(policy.DECIDE_STANDING, load=queries.locked)
@blueprint.arguments(StandingIn)
@blueprint.response(200, WorkerOut)
def reinstate(uow: UnitOfWork, worker: Worker, data: dict[str, Any]) -> Worker:
    """Reinstate a suspended worker with a written reason."""
    return service.reinstate(uow, worker, data["sentence"])
