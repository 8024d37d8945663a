"""What workers must not see: task ids, external ids, positions, file names and gold."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kernel.clock import Clock
from kernel.runtime import Runtime
from marketplace.jobs.models import Job, Task
from tests.api.assignments.conftest import Caller, a_picture_job


@pytest.fixture
def job(runtime: Runtime) -> Job:
    """A job of pictures, three plain ones and a gold one."""
    return a_picture_job(runtime)


def test_no_answer_to_a_worker_gives_a_secret_away(
    caller: Caller, runtime: Runtime, job: Job
) -> None:
    claims = caller.claim(job, 4)
    assert len(claims) == 4
    told: list[Any] = [claims]
    told += [caller.answer(claim).json for claim in claims[:3]]
    told += [caller.get(path).json for path in (f"/jobs/{job.id}/claims", "/my/assignments")]
    told += [caller.get(path).json for path in ("/my/jobs", "/open-jobs", f"/open-jobs/{job.id}")]
    with runtime.database.unit_of_work() as uow:
        ids = uow.session.scalars(select(Task.id).where(Task.job_id == job.id)).all()
    text = json.dumps(told)
    for secret in ("secret", *map(str, ids), *(id_.hex for id_ in ids)):
        assert secret not in text, secret
    assert set(claims[0]) == {
        "id",
        "claimed_at",
        "deadline_at",
        "reward",
        "data",
        "html",
        "guidelines_version",
        "interface_version",
    }
    assert set(claims[0]["data"]) == {"picture"}
    assert set(keys(told)) & {"task_id", "external_id", "position", "known", "lane"} == set()


def keys(value: Any) -> list[str]:
    """Return every key of a JSON value."""
    if isinstance(value, dict):
        return [*value, *(key for inner in value.values() for key in keys(inner))]
    return [key for inner in value for key in keys(inner)] if isinstance(value, list) else []


def test_a_picture_comes_from_a_signed_address_that_expires(
    caller: Caller, job: Job, clock: Clock
) -> None:
    address = caller.claim(job)[0]["data"]["picture"]
    shown = caller.client.get(address)
    assert (shown.status_code, shown.mimetype) == (200, "image/png")
    assert "secret" not in str(shown.headers)
    clock.advance(timedelta(hours=5))
    assert caller.client.get(address).status_code == 404


def test_a_wrong_signature_leads_nowhere(caller: Caller, job: Job) -> None:
    first, second = caller.claim(job, 2)
    address = first["data"]["picture"]
    head, _, signature = address.rpartition("signature=")
    for forged in (
        head,
        f"{head}signature=",
        f"{head}signature={'0' * 32}",
        f"{head}signature=é",
        address.replace(first["id"], second["id"]),
        address.replace("expires=", "expires=9"),
        address.replace("expires=", "expires=x"),
        address.replace("expires=", "expires=²"),
        address.replace("/picture?", "/hidden?"),
        f"/media/rubbish/picture?expires=9999999999&signature={signature}",
    ):
        assert caller.client.get(forged).status_code == 404, forged
