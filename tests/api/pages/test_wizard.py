"""A draft goes through six steps, each of which is kept, shown, and can be taken up again."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from kernel import chores
from kernel.identity import Identity
from kernel.runtime import Runtime
from marketplace.jobs import interface
from marketplace.jobs.pages import writing
from tests.api.pages import wizard
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]


def test_a_job_goes_through_six_steps_to_the_workers(
    browsing: Browsing, town: Town, runtime: Runtime
) -> None:
    browser = browsing(town.requester)
    job = wizard.written(browser, town)
    assert "Keep what you wrote" not in browser.get(f"{job}/import")
    wizard.imported(browser, job, "text,known\nI liked it,\nI did not,\nA joy,good & glad\n")
    chores.drain(runtime)
    assert browser.send(f"{job}/people", **wizard.INVITED).location == f"{job}/price"
    assert browser.send(f"{job}/price", **wizard.PRICED).location == f"{job}/price"
    page = browser.get(f"{job}/price")
    assert "$0.05" in page
    assert "To start," in page
    unfunded = browser.send(f"{job}/launch")
    assert unfunded.status_code == 422
    assert "short of its check tasks" in unfunded.text
    assert browser.send(f"{job}/launch", amount="20").location == job
    assert "The job is open" in browser.get(job)
    assert "Is this review positive?" in browsing(town.worker).get("/work")


def test_money_stays_in_the_balance_when_publishing_is_refused(
    browsing: Browsing, town: Town
) -> None:
    browser = browsing(town.requester)
    job = wizard.written(browser, town)
    refused = browser.send(f"{job}/launch", amount="20")
    assert "This job has no tasks yet." in refused.text
    assert "$100" in browser.get(f"{job}/price").partition("In the balance:")[2]


def test_every_step_shows_what_was_kept_and_what_is_left(browsing: Browsing, town: Town) -> None:
    browser = browsing(town.requester)
    job = wizard.begun(browser, town)
    assert _done(browser.get(f"{job}/edit")) == ["edit", "price"]
    browser.send(f"{job}/interface", **wizard.SHAPED)
    page = browser.get(f"{job}/interface")
    assert "good &amp; glad" in page
    assert 'value="How did &#34;they&#34; feel?"' in page
    browser.send(f"{job}/guidelines", content="Say **how** they felt.")
    assert "<strong>how</strong>" in browser.get(f"{job}/guidelines")
    browser.send(f"{job}/people", **wizard.INVITED, countries="de, us", languages="en")
    page = browser.get(f"{job}/people")
    assert 'value="DE, US"' in page
    assert _done(page) == ["edit", "interface", "guidelines", "price"]
    browser.send(f"{job}/edit", title="Another title")
    assert "Another title" in browser.get(job)


def test_a_draft_that_begins_with_a_ready_interface_has_that_step_behind_it(
    browsing: Browsing, town: Town
) -> None:
    page = browsing(town.requester).get(f"/jobs/{town.draft_id}/edit")
    assert _done(page) == ["edit", "interface", "guidelines", "people", "price"]


def test_a_job_without_guidelines_is_not_published(
    browsing: Browsing, town: Town, runtime: Runtime
) -> None:
    browser = browsing(town.requester)
    job = wizard.begun(browser, town)
    wizard.imported(browser, job, "text\nI liked it\n")
    chores.drain(runtime)
    assert "has no guidelines yet" in browser.send(f"{job}/launch", amount="20").text


def test_a_target_for_an_hour_becomes_a_price_and_the_floor_is_said(
    browsing: Browsing, town: Town
) -> None:
    browser = browsing(town.requester)
    job = wizard.begun(browser, town)
    fair = browser.get(f"{job}/price/offer?hourly=12&expected_seconds=7")
    assert "$0.0234" in fair
    assert "your offer is above it" in fair
    low = browser.get(f"{job}/price/offer?hourly=2&expected_seconds=60")
    assert "Too little" in low
    assert "$0.1209" in low
    wrong = browser.send(f"{job}/price", hourly="a lot", expected_seconds="15")
    assert wrong.status_code == 422
    assert "at most six decimals" in wrong.text
    browser.send(f"{job}/price", hourly="2", expected_seconds="60")
    assert "Too little" in browser.get(f"{job}/price")


def test_a_draft_with_mistakes_comes_back_as_it_was_written(browsing: Browsing, town: Town) -> None:
    browser = browsing(town.requester)
    job = wizard.begun(browser, town)
    one = browser.send(f"{job}/interface", **{**wizard.SHAPED, "classes": "only one"})
    assert "two classes or more" in one.text
    assert "only one</textarea>" in one.text.replace("\n</textarea>", "</textarea>")
    changes = {"redundancy.answers_min": "9", "gold.first": "-1"}
    wrong = browser.send(f"{job}/people", **{**wizard.INVITED, **changes})
    assert 'id="error-gold.first"' in wrong.text
    odd = browser.send(f"{job}/people", **{**wizard.INVITED, "redundancy.answers_min": "9"})
    assert "answers_min cannot be above answers_max" in odd.text


def test_an_interface_is_drawn_while_it_is_written(browsing: Browsing, town: Town) -> None:
    browser = browsing(town.requester)
    job = wizard.begun(browser, town)
    drawn = browser.send(f"{job}/interface/preview", **wizard.SHAPED)
    assert 'value="good &amp; glad"' in drawn.text
    broken = browser.send(f"{job}/interface/preview", mode="xml", content="<View><Choices/>")
    assert broken.status_code == 200
    assert 'role="alert"' in broken.text
    assert "good" not in browser.get(f"{job}/interface")


def test_a_requester_does_tasks_as_a_worker_would_and_times_them(
    browsing: Browsing, town: Town
) -> None:
    browser = browsing(town.requester)
    job = wizard.written(browser, town)
    page = browser.get(f"{job}/preview")
    shown_at = re.findall(r'name="shown_at" value="(\d+)"', page)[0]
    empty = browser.send(f"{job}/preview", shown_at=shown_at)
    assert empty.status_code == 422
    then = str(int(shown_at) - 11)
    done = browser.send(f"{job}/preview", shown_at=then, answer="bad")
    page = browser.get(done.location)
    assert "Price the job by this pace" in page
    seconds = int(re.findall(r"price\?seconds=(\d+)", page)[0])
    assert 11 <= seconds <= 20
    assert f'value="{seconds}"' in browser.get(f"{job}/price?seconds={seconds}")


@pytest.mark.parametrize("shows", sorted(writing.SHOWN))
@pytest.mark.parametrize("asks", writing.ASKED)
def test_the_form_writes_interfaces_that_it_reads_again(shows: str, asks: str) -> None:
    classes = ("a&b", 'c "d"') if asks in writing.WITH_CLASSES else ()
    form = writing.Form(shows, asks, 'A "question" <b>', classes)
    xml = writing.interface(form)
    assert interface.fields(interface.parse(xml)) == {shows: shows}
    assert writing.read(xml) == form


def test_an_interface_of_ones_own_is_not_squeezed_into_the_form() -> None:
    xml = writing.starter("text").replace('required="true"', 'required="true" perItem="true"')
    assert writing.read(xml) is None


def _done(page: str) -> list[str]:
    """Return which steps carry a tick, from the addresses they lead to."""
    return re.findall(r'is-done"><a href="/jobs/[0-9a-f-]+/(\w+)"', page)
