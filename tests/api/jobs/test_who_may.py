"""Who may see and change jobs over HTTP: other organisations, strangers, viewers, keys."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

from flask import Flask
from werkzeug.routing import Rule

from kernel.identity import STRANGER, Identity
from kernel.runtime import Runtime
from kernel.types import new_id
from marketplace.jobs import queries
from tests.api.asking import Asking
from tests.api.jobs.posting import DRAFT, code_of, draft, import_rows
from tests.service.jobs import builders
from tests.service.jobs.builders import Buyer


def _things(runtime: Runtime, asking: Asking, buyer: Buyer) -> dict[str, str]:
    """Make one of everything an address may name."""
    job = draft(asking, buyer)
    done = import_rows(runtime, asking, buyer, job, b"text\none\n")
    image = {"file": (io.BytesIO(builders.an_image()), "a.png")}
    asking(buyer.identity).post(f"/api/v1/jobs/{job}/media", data=image)
    with runtime.database.unit_of_work() as uow:
        task = builders.tasks_of(uow, queries.job(uow, UUID(job)))[0]
    return {"job_id": job, "import_id": done["id"], "task_id": str(task.id), "name": "a.png"}


def _walk(app: Flask, things: dict[str, str]) -> list[tuple[str, str]]:
    """Return method and address of every route that names something of a job."""
    rules: list[Rule] = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("jobs.") and rule.arguments
    ]
    assert len(rules) >= 17
    with app.test_request_context():
        return [
            (method, app.url_for(rule.endpoint, **{name: things[name] for name in rule.arguments}))
            for rule in rules
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        ]


BODY: dict[str, Any] = {
    "amount": {"amount": "1", "currency": "USD"},
    "reward": {"amount": "0.20", "currency": "USD"},
    "content": "x",
}


def test_another_organisation_learns_of_no_address_that_it_exists(
    app: Flask, runtime: Runtime, asking: Asking, buyer: Buyer
) -> None:
    things = _things(runtime, asking, buyer)
    other = Identity(user_id=new_id(), roles={new_id(): "owner"}, is_confirmed=True)
    client = asking(other)
    for method, address in _walk(app, things):
        answer = client.open(address, method=method, json=BODY)
        assert answer.status_code == 404, (method, address, answer.json)
    wanted = f"/api/v1/jobs?organisation_id={buyer.organisation_id}"
    assert client.get(wanted).status_code == 404
    body = DRAFT | {"organisation_id": str(buyer.organisation_id)}
    assert client.post("/api/v1/jobs", json=body).status_code == 404


def test_strangers_are_asked_to_sign_in_everywhere(
    app: Flask, runtime: Runtime, asking: Asking, buyer: Buyer
) -> None:
    things = _things(runtime, asking, buyer)
    client = asking(STRANGER)
    for method, address in [*_walk(app, things), ("GET", "/api/v1/jobs")]:
        assert code_of(client.open(address, method=method)) == (403, "sign_in_needed")


def test_viewers_read_everything_and_change_nothing(
    app: Flask, runtime: Runtime, asking: Asking, buyer: Buyer
) -> None:
    things = _things(runtime, asking, buyer)
    viewer = Identity(user_id=new_id(), roles={buyer.organisation_id: "viewer"}, is_confirmed=True)
    client = asking(viewer)
    for method, address in _walk(app, things):
        wanted = 200 if method == "GET" else 403
        answer = client.open(address, method=method, json=None if method == "GET" else BODY)
        assert answer.status_code == wanted, (method, address, answer.data)


def test_a_key_needs_the_scope_of_what_it_does(asking: Asking, buyer: Buyer) -> None:
    job = draft(asking, buyer)
    key = Identity(
        user_id=buyer.identity.user_id,
        roles=buyer.identity.roles,
        is_confirmed=True,
        scopes=frozenset({"jobs:read"}),
    )
    client = asking(key)
    assert client.get(f"/api/v1/jobs/{job}").status_code == 200
    assert code_of(client.post(f"/api/v1/jobs/{job}/cancel")) == (403, "scope_missing")
