"""A draft posted over HTTP, rows imported into it, and what a refusal says."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.runtime import Runtime
from marketplace.jobs.intake import importing
from tests.api.asking import Asking
from tests.service.jobs import builders
from tests.service.jobs.builders import Buyer

DRAFT: dict[str, Any] = {
    "title": "Cats",
    "currency": "USD",
    "interface": builders.CATS,
    "guidelines": "Say what it is.",
    "reward": {"amount": "0.10", "currency": "USD"},
    "expected_seconds": 10,
    "redundancy": {"answers_min": 2, "answers_max": 3, "confidence": 0.9},
    "gold": {"first": 1, "every": 10},
    "requirements": [{"qualification": "locale", "comparison": "in", "value": ["DE", "FR"]}],
}


def draft(asking: Asking, buyer: Buyer, **changes: Any) -> str:
    """Post a draft and return its id."""
    body = DRAFT | {"organisation_id": str(buyer.organisation_id)} | changes
    answer = asking(buyer.identity).post("/api/v1/jobs", json=body)
    assert answer.status_code == 201, answer.json
    assert answer.json is not None
    return str(answer.json["id"])


def code_of(answer: Any) -> tuple[int, str]:
    """Return what a refusal says to programs."""
    assert answer.mimetype == "application/problem+json", answer.data
    return answer.status_code, answer.json["code"]


def import_rows(runtime: Runtime, asking: Asking, buyer: Buyer, job: str, content: bytes) -> Any:
    """Upload a file of tasks and return what became of it."""
    client = asking(buyer.identity)
    asked = client.post(f"/api/v1/jobs/{job}/imports?filename=tasks.csv", data=content)
    assert asked.status_code == 202 and asked.json["state"] == "waiting", asked.json
    importing.run(runtime, UUID(asked.json["id"]))
    return client.get(f"/api/v1/imports/{asked.json['id']}").json
