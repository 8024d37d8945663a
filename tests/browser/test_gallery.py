"""Every ready interface, tried out in a real browser on a phone: drawn, answered, wiped."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from marketplace.jobs import gallery
from tests.browser.conftest import PHONE
from tests.browser.test_reach import serious

pytestmark = pytest.mark.browser

FORMS = list(gallery.forms().values())
# Half of them in each test, so that two processes can share the walk.
HALVES = {"first": FORMS[::2], "second": FORMS[1::2]}


@pytest.mark.parametrize("half", HALVES)
def test_ready_interfaces_are_tried_out(chromium: Browser, address: str, half: str) -> None:
    page = chromium.new_page(viewport=PHONE)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    for form in HALVES[half]:
        page.goto(f"{address}/gallery/{form.name}")
        page.locator("[data-preview=sample]").click()
        expect(page.locator(".task-body")).to_be_visible()
        marks = sum(
            control.marks_regions
            for item in form.result(form.rows[0])
            if (control := form.shape.controls.get(item.get("from_name", "")))
        )
        expect(page.locator(".task-mark")).to_have_count(marks)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], form.name
        page.locator("[data-preview=clear]").click()
        expect(page.locator(".task-mark")).to_have_count(0)
        assert not complaints, form.name
    page.close()


def test_the_gallery_can_be_used_by_everybody(chromium: Browser, address: str) -> None:
    page = chromium.new_page(viewport=PHONE)
    page.goto(f"{address}/gallery")
    assert page.locator(".gallery-card svg").count() == len(FORMS)
    assert not serious(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.close()
