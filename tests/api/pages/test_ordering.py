"""A requester drafts, fills, funds, publishes, reviews and exports a job by forms alone."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from kernel import chores
from kernel.identity import Identity
from kernel.runtime import Runtime
from marketplace.jobs.pages import writing
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]
DRAFT: dict[str, Any] = {
    "title": "Is this review positive?",
    "guidelines": "Say how the writer felt.",
    "kind": "text",
    "question": 'How did "they" feel?',
    "classes": "good & glad\nbad\n",
    "reward": "0.05",
    "currency": "USD",
    "expected_seconds": "15",
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


def _draft(browser: Browser, town: Town, **changes: Any) -> Any:
    browser.get(f"/jobs/new?organisation={town.organisation_id}")
    return browser.send(
        "/jobs/new", **{**DRAFT, "organisation_id": str(town.organisation_id), **changes}
    )


def _import(browser: Browser, job: str, table: str) -> Any:
    return browser.send(f"{job}/import/tasks", file=(io.BytesIO(table.encode()), "tasks.csv"))


def test_a_job_goes_from_the_form_to_the_workers(
    browsing: Browsing, town: Town, runtime: Runtime
) -> None:
    browser = browsing(town.requester)
    drafted = _draft(browser, town)
    assert drafted.status_code == 303, drafted.text
    job = drafted.location.removesuffix("/import")
    assert "Publish" in browser.get(job)
    refused = browser.send(f"{job}/publish")
    assert refused.status_code == 422
    assert "This job has no tasks yet." in refused.text
    answer = _import(browser, job, "text,known\nI liked it,\nI did not,\nA joy,good & glad\n")
    chores.drain(runtime)
    assert "3</strong>" in browser.get(answer.location)
    assert "data-done" in browser.get(f"{answer.location}/state")
    assert "short of its" in browser.send(f"{job}/publish").text
    assert browser.send(f"{job}/fund", amount="20").location == job
    assert browser.send(f"{job}/publish").location == job
    assert "The job is open" in browser.get(job)
    assert "Is this review positive?" in browsing(town.worker).get("/work")


def test_a_file_with_wrong_rows_is_reported_row_by_row(
    browsing: Browsing, town: Town, runtime: Runtime
) -> None:
    browser = browsing(town.requester)
    job = _draft(browser, town).location.removesuffix("/import")
    answer = _import(browser, job, "text,known\nfine,\n,bad\nnice,purple\n")
    assert "Reading your file" in browser.get(answer.location)
    chores.drain(runtime)
    page = browser.get(answer.location)
    assert "Nothing was added." in page
    assert "problems.csv" in page
    assert "Choose one of the classes of this job" in page


def test_a_draft_with_mistakes_comes_back_as_it_was_written(browsing: Browsing, town: Town) -> None:
    browser = browsing(town.requester)
    wrong = _draft(browser, town, reward="a lot", **{"gold.first": "-1"})
    assert wrong.status_code == 422
    assert 'id="error-reward"' in wrong.text
    assert 'id="error-gold.first"' in wrong.text
    assert "Say how the writer felt." in wrong.text
    one = _draft(browser, town, classes="only one")
    assert "two classes or more" in one.text
    odd = _draft(browser, town, **{"redundancy.answers_min": "9"})
    assert "answers_min cannot be above answers_max" in odd.text


@pytest.mark.parametrize("kind", ["text", "image"])
def test_the_form_writes_an_interface_that_the_drafting_takes(kind: str) -> None:
    from marketplace.jobs import interface

    shape = interface.parse(writing.interface(kind, 'A "question" <b>', "a&b\nc\n\nc\n"))
    assert interface.fields(shape) == {kind: kind}
    assert interface.classes(shape) == {"answer": ("a&b", "c")}


def test_a_job_is_paused_resumed_and_closed_by_buttons(browsing: Browsing, town: Town) -> None:
    browser, job = browsing(town.requester), f"/jobs/{town.job_id}"
    browser.get(job)
    browser.send(f"{job}/pause", reason="Lunch.")
    assert "Lunch." in browser.get(job)
    browser.send(f"{job}/resume")
    assert "Pause" in browser.get(job)
    browser.send(f"{job}/close")
    assert "back in your balance" in browser.get(job)
    again = browser.send(f"{job}/close")
    assert again.status_code == 409


def test_answers_are_approved_and_rejected_in_the_queue(browsing: Browsing, answered: Town) -> None:
    browser, queue = browsing(answered.requester), f"/jobs/{answered.job_id}/review"
    page = browser.get(queue)
    waiting = [part.split('"')[0] for part in page.split('name="assignment" value="')[1:]]
    assert waiting
    nothing = browser.send(queue, act="approve")
    assert "Please choose one answer or more first." in nothing.text
    unsaid = browser.send(queue, assignment=waiting[:1], act="reject", reason="wrong")
    assert "rejected." not in unsaid.text
    browser.send(queue, approve_only=waiting[0])
    assert "1 approved." in browser.get(queue)
    sentence = "The text is not about this at all."
    browser.send(queue, assignment=waiting[1:2], act="reject", reason="wrong", sentence=sentence)
    if waiting[1:]:
        assert "1 rejected." in browser.get(queue)
        assert "rejected" in browser.get(f"{queue}?state=rejected").lower()


def test_an_export_is_asked_for_and_downloaded(
    browsing: Browsing, answered: Town, runtime: Runtime
) -> None:
    chores.drain(runtime)
    browser, exports = browsing(answered.requester), f"/jobs/{answered.job_id}/exports"
    browser.get(exports)
    assert browser.send(exports, content="answers", format="csv").location == exports
    assert "Running" in browser.get(exports)
    chores.drain(runtime)
    page = browser.get(exports)
    assert "/file" in page
    assert "data-done" in browser.get(f"{exports}/state")


def test_an_exam_is_written_as_plain_text(browsing: Browsing, town: Town) -> None:
    browser = browsing(town.requester)
    here = f"/organisations/{town.organisation_id}/exams"
    browser.get(f"/exams/new?organisation={town.organisation_id}")
    exam = {"title": "Cats", "name": "Cats", "pass_mark": "50", "seconds_max": "60"}
    unclear = browser.send(here, questions="What?\n- cat\n- dog", **exam)
    assert unclear.status_code == 422
    assert "exactly one option marked with *" in unclear.text
    text = "Miaow?\n* cat\n- dog\n! Dogs bark.\n\nWoof?\n- cat\n* dog"
    assert browser.send(here, questions=text, **exam).location == here
    page = browser.get(here)
    address = "/exams/" + page.split('href="/exams/0')[1].split('"')[0].join(["0", ""])
    worker = browsing(town.worker)
    worker.get(address)
    sitting = worker.send(f"{address}/start").location
    assert "Miaow?" in worker.get(sitting)
    assert "Dogs bark." not in worker.get(sitting)
    assert "Time left" in worker.get(f"{sitting}/left")
    worker.send(sitting, question__q1="cat", question__q2="dog")
    assert "100" in worker.get(sitting)
    assert "You hold the qualification now." in worker.get(sitting)
