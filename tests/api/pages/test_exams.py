"""The pages of exams for those who make them: key, results, mending, closing, a new version."""

from __future__ import annotations

import re
from collections.abc import Callable

from kernel.identity import Identity
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]
QUESTIONS = "What has whiskers?\n* cat\n- dog\n\nWhat barks?\n- cat\n* dog\n! It does."


def an_exam(browser: Browser, town: Town) -> str:
    """Make an exam on its page; return the address of its key."""
    browser.get(f"/exams/new?organisation={town.organisation_id}")
    fields = {"title": "Pets", "name": "Pets, level 1", "pass_mark": "50", "seconds_max": "120"}
    made = browser.send(
        f"/organisations/{town.organisation_id}/exams", questions=QUESTIONS, **fields
    )
    assert made.status_code == 303
    listed = browser.get(f"/organisations/{town.organisation_id}/exams")
    [address] = set(re.findall(r"/exams/[0-9a-f-]{36}/key", listed))
    return address


def test_an_exam_is_kept_on_its_pages(browsing: Browsing, town: Town) -> None:
    browser = browsing(town.requester)
    key = an_exam(browser, town)
    shown = browser.get(key)
    assert "Key of “Pets”" in shown and "never taken back" in shown
    assert browser.send(key, question_id="q1", answer="dog", act="correct").status_code == 303
    assert browser.send(key, question_id="q1", act="shout").status_code == 422
    assert browser.send(key, question_id="q2", act="withdraw").status_code == 303
    assert "Use it again" in browser.get(key)
    exam = key.removesuffix("/key")
    assert browser.send(f"{exam}/close").status_code == 303
    assert "Open it again" in browser.get(key)
    asked = browser.get(f"{exam}/revision")
    assert "* dog" in asked and "What barks?" not in asked
    fields = {"title": "Pets anew", "pass_mark": "60", "seconds_max": "120"}
    newer = browser.send(f"{exam}/revision", questions=QUESTIONS, **fields)
    assert newer.status_code == 303 and newer.location != key
    assert "Versions" in browser.get(newer.location)
    assert "New version" not in browser.get(key).split("Versions")[0]
    old = browsing(town.worker).get(exam)
    assert "This exam is closed." in old and "Take its newest version" in old


def test_the_key_of_an_exam_is_for_its_makers_alone(browsing: Browsing, town: Town) -> None:
    key = an_exam(browsing(town.requester), town)
    for stranger in (town.worker, town.outsider):
        assert browsing(stranger).status(key) == 404
    assert "Key and results" not in browsing(town.worker).get(key.removesuffix("/key"))
