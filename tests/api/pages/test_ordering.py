"""A requester mends imports, leads a job, reviews and exports it by forms alone."""

from __future__ import annotations

from collections.abc import Callable

from kernel import chores
from kernel.identity import Identity
from kernel.runtime import Runtime
from tests.api.pages import wizard
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]


def test_a_file_with_wrong_rows_is_reported_row_by_row(
    browsing: Browsing, town: Town, runtime: Runtime
) -> None:
    browser = browsing(town.requester)
    job = wizard.written(browser, town)
    answer = wizard.imported(browser, job, "text,known\nfine,\n,bad\nnice,purple\n")
    assert "Reading your file" in browser.get(answer.location)
    chores.drain(runtime)
    page = browser.get(answer.location)
    assert "Nothing was added." in page
    assert "problems.csv" in page
    assert "Choose one of the classes of this job" in page
    assert "Add the 1 good row now" in page
    again = browser.send(f"{answer.location}/good-rows").location
    chores.drain(runtime)
    assert "1</strong>" in browser.get(again)
    wrong = browser.client.get(f"/api/v1{answer.location}/problems.csv").text
    mended = wrong.replace("purple", "bad").replace(",,bad", ",poor,bad")
    final = wizard.imported(browser, job, mended).location
    chores.drain(runtime)
    assert "2</strong>" in browser.get(final)


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
