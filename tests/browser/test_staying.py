"""What happens while people work: signed out, two tabs, more time, second thoughts, reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from kernel.db import Database
from kernel.identity import STRANGER
from marketplace.assignments.models import Assignment
from tests.browser.conftest import Desk, Opener
from tests.factories import CATS

pytestmark = pytest.mark.browser


def texts(count: int) -> list[dict[str, Any]]:
    return [{"text": f"text {number}"} for number in range(1, count + 1)]


def text_of(page: Page) -> str:
    return page.locator("[data-work=task] .task-text").inner_text()


def forget(one: Desk, status: str) -> None:
    """Take back complaints about an answer of the server that the test itself asked for."""
    one.complaints[:] = [each for each in one.complaints if status not in each]


def test_an_answer_is_kept_while_one_is_signed_out_and_sent_after_signing_in(
    desk: Opener, app: Flask
) -> None:
    one = desk(CATS, texts(3))
    page = one.open()
    worker = app.extensions["quorum_identify"]
    app.extensions["quorum_identify"] = lambda _uow: STRANGER
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-work=unsent]")).to_contain_text("Sign in")
    assert not one.answers()
    app.extensions["quorum_identify"] = worker
    expect(page.locator("[data-work=unsent]")).to_be_empty()
    one.arrived(1)
    forget(one, "status of 4")


def test_of_two_tabs_on_one_task_the_later_answer_counts(desk: Opener) -> None:
    one = desk(CATS, texts(1))
    first = one.open()
    other = Desk(
        one.context, one.watch(one.context.new_page()), one.job_id, one.address, one.database
    )
    second = other.open()
    assert text_of(first) == text_of(second)
    first.keyboard.press("1")
    one.submit()
    second.keyboard.press("2")
    other.submit()
    answers = one.answers()
    assert [answer.revision for answer in answers] == [1, 2]
    assert answers[0].given != answers[1].given
    assert not second.locator("[data-work=alert]").inner_text()


def test_more_time_is_given_at_a_key(desk: Opener, database: Database) -> None:
    one = desk(CATS, texts(2))
    page = one.open()
    before = seconds_left(page)
    database.clock.advance(timedelta(minutes=5))
    page.keyboard.press("e")
    expect(page.locator("[data-work=notice]")).to_contain_text("more time")
    assert seconds_left(page) > before + 200


def seconds_left(page: Page) -> int:
    minutes, seconds = page.locator("[data-work=timer]").inner_text().split(":")
    return 60 * int(minutes) + int(seconds)


def test_the_last_five_answers_can_be_gone_back_to_and_changed(desk: Opener) -> None:
    one = desk(CATS, texts(8))
    page = one.open()
    seen = []
    for count in range(1, 7):
        seen.append(text_of(page))
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        one.arrived(count)
        expect(page.locator("[data-work=task] .task-text")).not_to_have_text(seen[-1])
    for back in range(1, 6):
        page.keyboard.press("z")
        expect(page.locator("[data-work=task] .task-text")).to_have_text(seen[-back])
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    one.arrived(7)
    assert one.answers()[-1].revision == 2


def test_a_broken_task_is_reported_and_the_next_one_shown(desk: Opener) -> None:
    one = desk(CATS, texts(2))
    page = one.open()
    before = text_of(page)
    page.locator("button[data-command=report]").click()
    page.locator("[data-work=report-dialog] input[value=unreadable]").check(force=True)
    page.locator("[data-work=report-dialog] button.btn-primary").click()
    expect(page.locator("[data-work=task] .task-text")).not_to_have_text(before)
    expect(page.locator("[data-work=notice]")).not_to_be_empty()
    with one.database.unit_of_work() as uow:
        states = [str(row.state) for row in uow.session.query(Assignment).all()]
    assert "broken" in states
