"""Suspending and reinstating over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kernel.db import Database
from kernel.identity import Identity
from kernel.types import new_id
from tests.api.asking import Asking
from tests.service.qualification import builders as b

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ADMIN = Identity(user_id=new_id(), is_admin=True, second_factor_at=NOW)
REASON = {"sentence": "Two accounts answered the same tasks."}


@pytest.fixture
def address(database: Database) -> str:
    """The address of a worker's suspension."""
    with database.unit_of_work() as uow:
        return f"/api/v1/workers/{b.a_worker(uow).id}/suspension"


def test_an_admin_suspends_and_reinstates_with_reasons(asking: Asking, address: str) -> None:
    client = asking(ADMIN)
    suspended = client.post(address, json=REASON)
    assert (suspended.status_code, suspended.json["standing"]) == (200, "suspended")
    assert suspended.json["standing_reason"] == REASON["sentence"]
    again = client.post(address, json=REASON)
    assert (again.status_code, again.json["code"]) == (409, "account_suspended")
    assert client.delete(address, json=REASON).json["standing"] == "good"


def test_a_suspension_needs_a_written_reason(asking: Asking, address: str) -> None:
    assert asking(ADMIN).post(address, json={"sentence": "no"}).status_code == 422
    assert asking(ADMIN).post(address, json={}).status_code == 422


@pytest.mark.parametrize(
    "asker",
    [
        Identity(user_id=new_id(), roles={new_id(): "owner"}),
        Identity(user_id=new_id(), is_admin=True),
        Identity(user_id=new_id(), is_admin=True, second_factor_at=NOW, scopes=frozenset()),
    ],
    ids=["an owner", "an admin without a second factor", "a key of an admin"],
)
def test_nobody_else_suspends(asking: Asking, address: str, asker: Identity) -> None:
    assert asking(asker).post(address, json=REASON).status_code in (403, 404)
