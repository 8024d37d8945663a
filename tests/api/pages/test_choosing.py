"""Workers sort open jobs by what an hour really pays, and leave out what they cannot do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel import chores
from kernel.identity import Identity
from kernel.money import Money
from kernel.runtime import Runtime
from tests import factories
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]
ANSWERS = 12
PRICES = {"slow": ("0.20", 60), "rich": ("0.50", 60), "quick": ("0.05", 5)}
# Open to people of another country only.
GUARDED = [{"qualification": "locale", "comparison": "in", "value": ["JP"]}]


@pytest.fixture
def offered(runtime: Runtime) -> dict[str, UUID]:
    """Three open jobs by title."""
    made = {}
    with runtime.database.unit_of_work() as uow:
        for title, (amount, seconds) in PRICES.items():
            settings: dict[str, Any] = {"title": title, "expected_seconds": seconds}
            settings |= {"reward": Money.parse(amount, "USD"), "approval": {"mode": "on_submit"}}
            settings |= {"requirements": GUARDED} if title == "quick" else {}
            tasks = factories.some_tasks(ANSWERS)
            made[title] = factories.a_published_job(uow, tasks, settings=settings).id
    return made


def titles(page: str) -> list[str]:
    found = re.findall(r'<h2 class="card-title mb-1"><a href="[^"]+">([^<]+)</a>', page)
    return [title for title in found if title in PRICES]


def test_open_jobs_are_sorted_by_what_they_promise(
    browsing: Browsing, town: Town, offered: dict[str, UUID]
) -> None:
    worker = browsing(town.worker)
    assert titles(worker.get("/work")) == list(reversed(offered))
    assert titles(worker.get("/work?order=hour")) == ["quick", "rich", "slow"]
    assert titles(worker.get("/work?order=short"))[0] == "quick"
    assert titles(worker.get("/work?order=nonsense")) == list(reversed(offered))


def test_what_one_may_not_do_is_left_out_where_one_asks_for_it(
    browsing: Browsing, town: Town, offered: dict[str, UUID]
) -> None:
    page = browsing(town.worker).get("/work?order=hour&fit=true")
    assert titles(page) == ["rich", "slow"]
    assert 'name="fit" value="true" checked' in page


def test_what_an_hour_was_measured_to_pay_comes_before_promises(
    browsing: Browsing, town: Town, offered: dict[str, UUID], runtime: Runtime
) -> None:
    database = runtime.database
    claims = factories.claim(database, town.worker, offered["slow"], ANSWERS)
    given = [factories.given(each, active_seconds=2) for each in claims]
    factories.submit(database, town.worker, *given)
    database.clock.advance(timedelta(minutes=2))
    chores.drain(runtime)
    assert titles(browsing(town.worker).get("/work?order=hour")) == ["slow", "quick", "rich"]
