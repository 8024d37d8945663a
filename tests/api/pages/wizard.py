"""Walk the six steps of a draft by forms, as a requester does."""

from __future__ import annotations

import io
from typing import Any

from werkzeug.test import TestResponse

from tests.api.pages.conftest import Browser, Town

BEGUN = {"title": "Is this review positive?", "currency": "USD", "shows": "text"}
SHAPED = {
    "mode": "form",
    "shows": "text",
    "asks": "choice",
    "question": 'How did "they" feel?',
    "classes": "good & glad\nbad\n",
}
INVITED: dict[str, Any] = {
    "newcomers_share": "20",
    "redundancy.is_adaptive": "true",
    "redundancy.answers_min": "2",
    "redundancy.answers_max": "5",
    "redundancy.confidence": "0.95",
    "approval.mode": "agreement",
    "approval.delay_seconds": "86400",
    "gold.first": "1",
    "gold.every": "10",
    "gold.minimum": "0.6",
}
PRICED = {"hourly": "12.00", "expected_seconds": "15"}


def begun(browser: Browser, town: Town, **changes: Any) -> str:
    """Begin a draft and return its address."""
    browser.get(f"/jobs/new?organisation={town.organisation_id}")
    answer = browser.send(
        "/jobs/new", **{**BEGUN, "organisation_id": str(town.organisation_id), **changes}
    )
    assert answer.status_code == 303, answer.text
    return str(answer.location).rpartition("/")[0]


def written(browser: Browser, town: Town) -> str:
    """Begin a draft, give it its interface and guidelines, and return its address."""
    job = begun(browser, town)
    assert browser.send(f"{job}/interface", **SHAPED).location == f"{job}/guidelines"
    answer = browser.send(f"{job}/guidelines", content="Say how the writer felt.")
    assert answer.location == f"{job}/import"
    return job


def imported(browser: Browser, job: str, table: str) -> TestResponse:
    """Send a CSV file of tasks."""
    return browser.send(f"{job}/import/tasks", file=(io.BytesIO(table.encode()), "tasks.csv"))
