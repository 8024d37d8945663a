"""Masks, boxes in films and curves in a real browser: what is drawn is kept and replayed."""

from __future__ import annotations

import numpy as np
import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from consensus.merging import rasters
from marketplace.jobs import gallery
from tests.browser.conftest import PHONE, Desk, Opener, a_picture, replay
from tests.browser.test_marking import at, drag

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 600, 400
MASKS = """<View><Image name="photo" value="$photo"/>
  <BrushLabels name="ground" toName="photo"><Label value="roof"/><Label value="pond"/>
  </BrushLabels></View>"""
# What of the canvas is painted at all, as a text of 0 and 1, sampled on a grid of the picture.
PAINTED = """() => {
  const canvas = document.querySelector(".task-paint");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let told = "";
  for (let at = 3; at < data.length; at += 4) told += data[at] ? 1 : 0;
  return told;
}"""


def mask_desk(desk: Opener, **context: object) -> tuple[Desk, Page]:
    tasks = [{"photo": "one.png", "place": place} for place in range(3)]
    one = desk(MASKS, tasks, {"one.png": a_picture(WIDTH, HEIGHT)}, **context)
    page = one.open()
    page.wait_for_selector(".task-paint")
    return one, page


def test_what_is_painted_is_kept_pixel_by_pixel_and_replayed_as_it_was(
    desk: Opener, app: Flask
) -> None:
    one, page = mask_desk(desk)
    page.keyboard.press("1")
    drag(page, (20, 30), (40, 60))
    page.keyboard.press("2")
    drag(page, (60, 40), (80, 40))
    page.locator(".task-brushes button").click()
    drag(page, (70, 30), (70, 50))
    expect(page.locator(".task-mark")).to_have_count(2)
    page.locator(".task-bar, .work-bar").first.hover()
    painted = page.evaluate(PAINTED)
    source = str(page.locator(".task-image").get_attribute("src"))
    one.submit()
    result = one.answers()[0].result
    masks = [rasters.unpack(item["value"]["rle"]) for item in result]
    assert [item["value"]["brushlabels"] for item in result] == [["roof"], ["pond"]]
    assert all(mask.shape == (WIDTH * HEIGHT,) for mask in masks)
    pond = masks[1].reshape(HEIGHT, WIDTH)
    assert pond[160, 372] and pond[160, 468] and not pond[160, 420]
    assert "".join("01"[int(pixel)] for pixel in np.any(masks, axis=0)) == painted
    replay(page, app, MASKS, {"photo": source}, result)
    page.wait_for_selector(".task-readonly .task-paint")
    assert page.evaluate(PAINTED) == painted
    assert page.locator(".task-brushes").count() == 0


def test_a_finger_paints_and_a_key_takes_it_back(desk: Opener) -> None:
    one, page = mask_desk(desk, viewport=PHONE, has_touch=True, is_mobile=True)
    page.locator(".task-palette label", has_text="pond").tap()
    touch = one.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        told = [{"x": x, "y": y} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})

    for row in (40, 60):
        send("touchStart", at(page, 60, row))
        for step in range(1, 6):
            send("touchMove", at(page, 60 + step * 4, row))
        send("touchEnd")
    expect(page.locator(".task-mark")).to_have_count(1)
    both = page.evaluate(PAINTED).count("1")
    page.keyboard.press("z")
    page.wait_for_timeout(100)
    assert page.evaluate(PAINTED).count("1") == pytest.approx(both / 2, rel=0.05)


def test_masks_are_painted_by_keyboard_alone(desk: Opener) -> None:
    one, page = mask_desk(desk)
    page.keyboard.press("1")
    page.locator(".task-paint").focus()
    for key in (" ", "Shift+ArrowRight", " "):
        page.keyboard.press(key)
    one.submit()
    [item] = one.answers()[0].result
    mask = rasters.unpack(item["value"]["rle"]).reshape(HEIGHT, WIDTH)
    assert mask[200, 300] and mask[200, 348] and not mask[200, 324]


def test_a_stretch_of_a_curve_is_dragged_and_snaps_to_what_was_measured(desk: Opener) -> None:
    form = gallery.form("time-series")
    one = desk(form.xml, [dict(row.data) for row in form.rows])
    page = one.open()
    page.wait_for_selector(".task-curve svg")
    box = page.locator(".task-curve svg").last.bounding_box()
    assert box is not None
    page.keyboard.press("2")
    page.mouse.move(box["x"] + box["width"] * 17.2 / 29, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 20.9 / 29, box["y"] + 40, steps=5)
    page.mouse.up()
    expect(page.locator(".task-mark")).to_contain_text("17–21")
    page.locator("[data-number=end]").fill("22")
    page.locator("[data-number=end]").press("Tab")
    one.submit()
    [item] = one.answers()[0].result
    assert item["type"] == "timeserieslabels"
    kept = {"start": 17, "end": 22, "instant": False, "timeserieslabels": ["step"]}
    assert item["value"] == kept


def test_a_box_is_carried_through_a_film_from_one_key_frame_to_the_next(desk: Opener) -> None:
    form = gallery.form("video-boxes")
    film = gallery.sample("street.webm").read_bytes()
    one = desk(form.xml, [{"film": "street.webm"}], {"street.webm": film})
    page = one.open()
    page.wait_for_selector(".task-tracks")
    page.keyboard.press("1")
    drag_on_film(page, (10, 60), (30, 90))
    page.locator("[type=range]").evaluate(
        "(range) => { range.value = 2; range.dispatchEvent(new Event('input')); }"
    )
    page.wait_for_timeout(300)
    drag_on_film(page, (20, 75), (60, 75))
    page.get_by_role("button", name="One picture on").click()
    page.get_by_role("button", name="The box ends here").click()
    expect(page.locator(".task-mark")).to_contain_text("3 key pictures")
    one.submit()
    [item] = one.answers()[0].result
    first, second, last = item["value"]["sequence"]
    assert item["value"]["labels"] == ["car"]
    assert (first["frame"], second["frame"], last["frame"]) == (1, 51, 52)
    assert first["x"] == pytest.approx(10, abs=1)
    assert second["x"] == pytest.approx(50, abs=1.5)
    assert not last["enabled"]


def drag_on_film(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    box = page.locator(".task-tracks").bounding_box()
    assert box is not None

    def place(x: float, y: float) -> tuple[float, float]:
        return box["x"] + box["width"] * x / 100, box["y"] + box["height"] * y / 100

    page.mouse.move(*place(*start))
    page.mouse.down()
    page.mouse.move(*place(*end), steps=5)
    page.mouse.up()
