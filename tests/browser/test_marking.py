"""Marks drawn in a real browser: what is drawn is what is kept, and what a replay shows."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Desk, Opener, a_picture, a_sound

pytestmark = pytest.mark.browser

SHAPES = """<View><Header value="Mark what you see"/><Image name="photo" value="$photo"/>
  <RectangleLabels name="boxes" toName="photo"><Label value="house"/><Label value="car"/>
  </RectangleLabels>
  <PolygonLabels name="outlines" toName="photo"><Label value="roof"/></PolygonLabels>
  <EllipseLabels name="rounds" toName="photo"><Label value="pond"/></EllipseLabels>
  <KeyPointLabels name="spots" toName="photo"><Label value="door"/></KeyPointLabels></View>"""
NAMES = """<View><Text name="text" value="$text"/>
  <Labels name="names" toName="text"><Label value="PER"/><Label value="ORG"/></Labels>
  <Relations><Relation value="works at"/></Relations></View>"""
SOUNDS = """<View><Audio name="sound" value="$sound"/>
  <Labels name="events" toName="sound"><Label value="tone"/><Label value="noise"/></Labels>
</View>"""


def picture_desk(desk: Opener, **context: object) -> tuple[Desk, Page]:
    one = desk(
        SHAPES,
        [{"photo": "one.png", "place": place} for place in range(3)],
        {"one.png": a_picture()},
        **context,
    )
    page = one.open()
    page.wait_for_selector(".a9s-annotationlayer")
    return one, page


def frame(page: Page) -> dict[str, float]:
    box = page.locator(".task-image").bounding_box()
    assert box is not None
    return dict(box)


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a point of the picture, in percent, lies in the window."""
    box = frame(page)
    return box["x"] + box["width"] * x / 100, box["y"] + box["height"] * y / 100


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *[(a + b) / 2 for a, b in zip(start, end, strict=True)]), steps=4)
    page.mouse.move(*at(page, *end), steps=4)
    page.mouse.up()


def test_a_box_is_kept_in_percent_of_the_picture_with_its_label(desk: Opener) -> None:
    one, page = picture_desk(desk)
    page.keyboard.press("1")
    drag(page, (15, 30), (40, 75))
    expect(page.locator(".task-mark")).to_have_count(1)
    drag(page, (60, 25), (87, 65))
    expect(page.locator(".task-mark")).to_have_count(2)
    one.submit()
    items = one.answers()[0].result
    assert [item["type"] for item in items] == ["rectanglelabels"] * 2
    value = items[0]["value"]
    assert value["rectanglelabels"] == ["house"]
    assert items[0]["original_width"] == 600
    assert (value["x"], value["width"]) == (pytest.approx(15, abs=1), pytest.approx(25, abs=1))
    assert (value["y"], value["height"]) == (pytest.approx(30, abs=1), pytest.approx(45, abs=1))


def test_a_polygon_an_ellipse_and_a_point_are_drawn_with_their_own_tools(desk: Opener) -> None:
    one, page = picture_desk(desk)
    page.keyboard.press("3")
    for corner in [(20, 20), (40, 20), (30, 45)]:
        page.mouse.click(*at(page, *corner))
    page.mouse.dblclick(*at(page, 20, 20))
    expect(page.locator(".task-mark")).to_have_count(1)
    page.keyboard.press("4")
    drag(page, (60, 25), (86, 65))
    expect(page.locator(".task-mark")).to_have_count(2)
    page.keyboard.press("5")
    page.mouse.click(*at(page, 50, 80))
    expect(page.locator(".task-mark")).to_have_count(3)
    one.submit()
    kept = {item["type"]: item["value"] for item in one.answers()[0].result}
    assert len(kept["polygonlabels"]["points"]) == 3
    assert kept["ellipselabels"]["radiusX"] == pytest.approx(13, abs=1.5)
    assert kept["keypointlabels"]["x"] == pytest.approx(50, abs=1)


def test_a_finger_draws_a_box_on_a_phone(desk: Opener) -> None:
    one, page = picture_desk(desk, viewport=PHONE, has_touch=True, is_mobile=True)
    page.locator(".task-palette label", has_text="house").tap()
    touch = one.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        told = [{"x": x, "y": y} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})

    send("touchStart", at(page, 20, 30))
    for step in range(1, 9):
        send("touchMove", at(page, 20 + step * 4, 30 + step * 4))
    send("touchEnd")
    page.wait_for_selector(".task-mark")
    page.locator("[data-work=submit]").tap()
    one.arrived(1)
    [item] = one.answers()[0].result
    assert item["value"]["width"] == pytest.approx(32, abs=3)


def test_a_mark_is_moved_by_its_numbers_and_taken_back_by_a_key(desk: Opener) -> None:
    one, page = picture_desk(desk)
    page.keyboard.press("1")
    drag(page, (15, 30), (40, 75))
    expect(page.locator(".task-mark")).to_have_count(1)
    page.locator("[data-number=x]").fill("20")
    page.locator("[data-number=x]").press("Tab")
    page.locator(".task-mark-pick").focus()
    drag(page, (60, 25), (87, 65))
    expect(page.locator(".task-mark")).to_have_count(2)
    page.keyboard.press("z")
    expect(page.locator(".task-mark")).to_have_count(1)
    one.submit()
    [item] = one.answers()[0].result
    assert item["value"]["x"] == 20


def test_marking_nothing_is_handed_in_only_when_meant(desk: Opener) -> None:
    one, page = picture_desk(desk)
    page.keyboard.press("Enter")
    assert "marked nothing" in page.locator("[data-work=notice]").inner_text()
    one.submit()
    assert one.answers()[0].result == []


def test_an_unsaved_polygon_is_there_again_after_the_tab_was_killed(desk: Opener) -> None:
    one, page = picture_desk(desk)
    page.keyboard.press("3")
    for corner in [(20, 20), (40, 20), (30, 45)]:
        page.mouse.click(*at(page, *corner))
    page.mouse.dblclick(*at(page, 20, 20))
    page.wait_for_selector(".task-mark")
    page.wait_for_timeout(700)
    page.close()
    one.page = one.watch(one.context.new_page())
    page = one.open()
    page.wait_for_selector(".task-mark")
    one.submit()
    [item] = one.answers()[0].result
    assert len(item["value"]["points"]) == 3


def select(page: Page, words: str) -> None:
    """Select words of the text with the mouse."""
    page.evaluate(
        """(words) => {
          const node = document.querySelector(".task-text").firstChild;
          const at = node.data.indexOf(words);
          const range = document.createRange();
          range.setStart(node, at);
          range.setEnd(node, at + words.length);
          getSelection().removeAllRanges();
          getSelection().addRange(range);
        }""",
        words,
    )


def test_words_behind_emoji_are_marked_by_code_points_and_joined(desk: Opener) -> None:
    text = "👍🏽👩‍👩‍👧 Zoe\u0308 joined Acme Corp. last May."
    one = desk(NAMES, [{"text": text}])
    page = one.open()
    select(page, " Zoe\u0308 ")
    page.keyboard.press("1")
    select(page, "Acme Corp.")
    page.keyboard.press("2")
    page.locator(".task-mark-pick", has_text="Zo").click()
    page.locator("[data-link]").click()
    page.locator(".task-mark-pick", has_text="Acme").click()
    expect(page.locator(".task-relation")).to_have_count(1)
    one.submit()
    result = one.answers()[0].result
    for item in result[:2]:
        value = item["value"]
        assert text[value["start"] : value["end"]] == value["text"]
    assert [item["value"]["text"] for item in result[:2]] == ["Zoe\u0308", "Acme Corp."]
    assert result[2]["labels"] == ["works at"]
    assert one.answers()[0].given["(relations)"][0]["from"]["text"] == "Zoe\u0308"


def test_words_are_marked_with_the_keyboard_alone(desk: Opener) -> None:
    one = desk(NAMES, [{"text": "Ada met Grace in Paris."}])
    page = one.open()
    page.locator(".task-text").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("1")
    one.submit()
    [item] = one.answers()[0].result
    assert item["value"]["text"] == "Grace"


def test_a_stretch_of_sound_is_dragged_on_its_waveform(desk: Opener) -> None:
    one = desk(SOUNDS, [{"sound": "one.wav"}], {"one.wav": a_sound()})
    page = one.open()
    page.wait_for_selector(".task-wave-buttons")
    page.keyboard.press("1")
    box = page.locator(".task-wave").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 4, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, middle, steps=8)
    page.mouse.up()
    page.wait_for_selector(".task-mark")
    one.submit()
    [item] = one.answers()[0].result
    assert item["value"]["labels"] == ["tone"]
    assert item["value"]["start"] == pytest.approx(1, abs=0.1)
    assert item["value"]["end"] == pytest.approx(2, abs=0.1)
    assert item["original_length"] == pytest.approx(4, abs=0.1)
