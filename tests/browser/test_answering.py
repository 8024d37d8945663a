"""Questions answered in a real browser: by keys, by touch, one after the other, and replayed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Opener, a_picture, replay
from tests.browser.test_marking import SHAPES, drag, picture_desk
from tests.factories import CATS

pytestmark = pytest.mark.browser

EVERYTHING = """<View><Text name="text" value="$text"/><Text name="other" value="$other"/>
  <List name="items" value="$items" title="Results"/>
  <Choices name="mood" toName="text" choice="multiple" required="true">
    <Choice value="calm"/><Choice value="loud"/><Choice value="odd"/></Choices>
  <Taxonomy name="topic" toName="text"><Choice value="animal"><Choice value="cat"/></Choice>
  </Taxonomy>
  <Rating name="stars" toName="text"/>
  <Number name="count" toName="text" min="0"/>
  <DateTime name="day" toName="text"/>
  <Pairwise name="better" toName="text,other"/>
  <Ranker name="order" toName="items"/>
  <Choices name="more" toName="text" required="true"><Choice value="yes"/><Choice value="no"/>
  </Choices>
  <View visibleWhen="choice-selected" whenTagName="more" whenChoiceValue="yes">
    <Header value="What else?"/><TextArea name="words" toName="text" required="true"/></View>
</View>"""
SHOWN: dict[str, Any] = {
    "text": "One text",
    "other": "Another text",
    "items": [{"id": "a", "title": "A"}, {"id": "b", "title": "B"}, {"id": "c", "title": "C"}],
}


def test_every_question_of_a_form_is_answered_and_what_is_not_asked_is_hidden(
    desk: Opener,
) -> None:
    one = desk(EVERYTHING, [SHOWN])
    page = one.open()
    task = page.locator(".task-body")
    page.keyboard.press("1")
    page.keyboard.press("3")
    page.get_by_label("cat").check()
    page.get_by_label("4 stars of 5").check(force=True)
    page.get_by_label("count").fill("2.5")
    page.get_by_label("day").fill("2026-11-22")
    page.get_by_text("The second is better").click()
    page.get_by_role("button", name="Move up: C").click()
    expect(task.get_by_label("words")).to_be_hidden()
    page.get_by_label("yes").check(force=True)
    expect(task.get_by_label("words")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("[data-work=notice]")).not_to_be_empty()
    task.get_by_label("words").fill("Nothing\nmore 👍🏽")
    task.get_by_label("words").press("Control+Enter")
    expect(page.locator("[data-work=empty]")).to_be_visible()
    one.arrived(1)
    [answer] = one.answers()
    assert answer.given == {
        "mood": ["calm", "odd"],
        "topic": ["animal / cat"],
        "stars": 4,
        "count": 2.5,
        "day": "2026-11-22",
        "better": "right",
        "order": ["a", "c", "b"],
        "more": "yes",
        "words": "Nothing\nmore 👍🏽",
    }


def test_ten_texts_are_labeled_by_keyboard_alone_and_the_next_is_there_at_once(
    desk: Opener,
) -> None:
    one = desk(CATS, [{"text": f"text {number}"} for number in range(10)])
    page = one.open()
    waits = []
    for number in range(10):
        page.wait_for_timeout(150)
        page.keyboard.press("1" if number % 2 else "2")
        waits.append(next_after_enter(page))
    expect(page.locator("[data-work=empty]")).to_be_visible()
    one.arrived(10)
    assert sorted(waits[:-1])[-1] <= 100, waits


def next_after_enter(page: Page) -> float:
    """Press Enter; return the milliseconds until another task, or the end, is on the page."""
    page.evaluate("""() => {
      const task = document.querySelector("[data-work=task]");
      const before = task.firstElementChild;
      let from = 0;
      addEventListener("keydown", () => (from = performance.now()), { capture: true, once: true });
      window.waited = new Promise((resolve) => {
        new MutationObserver((_, self) => {
          if (task.firstElementChild === before) return;
          self.disconnect();
          resolve(performance.now() - from);
        }).observe(task, { childList: true });
        setTimeout(() => resolve(0), 3000);
      });
    }""")
    page.keyboard.press("Enter")
    return float(page.evaluate("() => window.waited"))


def test_an_answer_may_be_called_unsure_and_a_key_may_be_changed(desk: Opener) -> None:
    one = desk(CATS, [{"text": "a"}, {"text": "b"}])
    page = one.open()
    page.keyboard.press("?")
    page.locator("[data-remap=unsure]").click()
    page.keyboard.press("q")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.keyboard.press("q")
    expect(page.locator("[data-work=unsure]")).to_have_attribute("aria-pressed", "true")
    one.submit()
    assert one.answers()[0].is_unsure


def test_an_answer_waits_while_the_network_is_away_and_is_sent_when_it_is_back(
    desk: Opener,
) -> None:
    one = desk(CATS, [{"text": "a"}, {"text": "b"}])
    page = one.open()
    one.context.set_offline(True)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-work=unsent]")).not_to_be_empty()
    one.context.set_offline(False)
    expect(page.locator("[data-work=unsent]")).to_be_empty(timeout=20_000)
    assert len(one.answers()) == 1
    one.complaints[:] = [each for each in one.complaints if "ERR_INTERNET" not in each]


def test_a_dead_picture_says_so(desk: Opener) -> None:
    one = desk(
        CATS.replace("Text name", "Image name").replace("$text", "$picture"),
        [{"picture": "gone.png"}],
        {"other.png": a_picture()},
    )
    page = one.open()
    expect(page.locator(".task-dead")).to_contain_text("does not load")
    one.complaints.clear()


def test_short_classes_flow_side_by_side_on_a_phone_with_room_for_a_thumb(desk: Opener) -> None:
    one = desk(CATS, [{"text": "a"}], viewport=PHONE)
    page = one.open()
    boxes = [label.bounding_box() for label in page.locator(".task-option").all()]
    assert all(box and box["height"] >= 44 for box in boxes)
    assert boxes[0] and boxes[1] and boxes[0]["y"] == boxes[1]["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_replay_shows_the_marks_where_they_were_drawn(desk: Opener, app: Flask) -> None:
    one, page = picture_desk(desk)
    page.keyboard.press("1")
    drag(page, (15, 30), (40, 75))
    page.wait_for_timeout(600)
    drawn = shape_of(page)
    one.submit()
    source = str(page.locator(".task-image").get_attribute("src"))
    replay(page, app, SHAPES, {"photo": source}, one.answers()[0].result)
    page.wait_for_selector(".a9s-annotation .a9s-inner")
    again = shape_of(page)
    assert drawn[2] > 100
    assert again == pytest.approx(drawn, abs=2)
    assert page.locator("[data-remove]").count() == 0


def shape_of(page: Page) -> list[float]:
    """Return where the drawn box lies within the picture, in pixels."""
    found: str = page.evaluate("""() => {
      const shape = document.querySelector(".a9s-annotation .a9s-inner").getBoundingClientRect();
      const image = document.querySelector(".task-image").getBoundingClientRect();
      return JSON.stringify([shape.x - image.x, shape.y - image.y, shape.width, shape.height]);
    }""")
    return [float(each) for each in json.loads(found)]
