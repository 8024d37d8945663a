"""Everybody can work: no serious finding of axe on any task, in both themes, at both widths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE, Desk, Opener, a_picture, a_sound
from tests.browser.test_answering import EVERYTHING, SHOWN
from tests.browser.test_marking import NAMES, SHAPES, SOUNDS
from tests.browser.test_painting import MASKS

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
TASKS: dict[str, tuple[str, dict[str, Any], dict[str, bytes]]] = {
    "forms": (EVERYTHING, SHOWN, {}),
    "pictures": (SHAPES, {"photo": "one.png"}, {"one.png": a_picture()}),
    "texts": (NAMES, {"text": "Ada met Grace."}, {}),
    "masks": (MASKS, {"photo": "one.png"}, {"one.png": a_picture()}),
    "sounds": (SOUNDS, {"sound": "one.wav"}, {"one.wav": a_sound()}),
}


@pytest.mark.parametrize("name", list(TASKS))
def test_a_task_can_be_used_by_everybody_on_a_phone(desk: Opener, name: str) -> None:
    interface, shown, files = TASKS[name]
    one = desk(interface, [shown], files, viewport=PHONE)
    check(one, one.open(), "light")


@pytest.mark.long
@pytest.mark.parametrize("name", list(TASKS))
def test_a_task_can_be_used_by_everybody_anywhere(desk: Opener, name: str) -> None:
    interface, shown, files = TASKS[name]
    one = desk(interface, [shown], files)
    page = one.open()
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        for theme in ("light", "dark"):
            check(one, page, theme)


def check(one: Desk, page: Page, theme: str) -> None:
    """Let axe look at a page in a theme; nothing may stick out at its side."""
    assert not one.complaints
    page.evaluate("(theme) => (document.documentElement.dataset.bsTheme = theme)", theme)
    page.wait_for_timeout(300)
    assert not serious(page), theme
    size = page.viewport_size
    assert size and page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    # What is complained of from here on is a style that axe itself tries on a recording.
    one.complaints.clear()


def serious(page: Page) -> list[tuple[str, str, str]]:
    """Return what axe finds serious or critical on a page: rule, element, and what to do."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        (each["id"], node["html"][:200], node.get("failureSummary", "")[:300])
        for each in found["violations"]
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]
