"""Answers that mark shapes on a picture, in percent of its width and height."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketplace.jobs.interface.values import marks, wrong

if TYPE_CHECKING:
    from marketplace.jobs.interface.controls import Control

# Rounding in a browser may leave a shape this far outside the picture, in percent.
SLACK = 0.01
FULL = 100 + SLACK
POINTS_MIN, POINTS_MAX = 3, 1_000
TURN_DEGREES_MAX = 360


def box(control: Control, value: object, _shown: object) -> dict[str, Any]:
    """Return a rectangle: x, y of its corner, width and height, rotation in degrees."""
    value = _parts(control, value, {"x", "y", "width", "height"}, {"rotation"})
    x, y = _place(value, "x"), _place(value, "y")
    width, height = _size(value, "width"), _size(value, "height")
    turn = _turn(value)
    if not turn and (x + width > FULL or y + height > FULL):
        wrong.refuse("answer_outside_image", "reaches beyond the edge of the picture")
    sides = {"x": x, "y": y, "width": width, "height": height, "rotation": turn}
    return sides | _labels(control, value)


def ellipse(control: Control, value: object, _shown: object) -> dict[str, Any]:
    """Return an ellipse: its centre, both radii, rotation in degrees."""
    value = _parts(control, value, {"x", "y", "radiusX", "radiusY"}, {"rotation"})
    x, y = _place(value, "x"), _place(value, "y")
    wide, high = _size(value, "radiusX"), _size(value, "radiusY")
    sides = {"x": x, "y": y, "radiusX": wide, "radiusY": high, "rotation": _turn(value)}
    return sides | _labels(control, value)


def polygon(control: Control, value: object, _shown: object) -> dict[str, Any]:
    """Return a polygon: its corners as [x, y], three or more."""
    value = _parts(control, value, {"points"}, {"closed"})
    points = value["points"]
    if not isinstance(points, list) or not POINTS_MIN <= len(points) <= POINTS_MAX:
        sentence = f"needs points to be a list of {POINTS_MIN} to {POINTS_MAX} corners"
        wrong.refuse("answer_polygon_points", sentence)
    if value.get("closed") not in (None, True):
        wrong.refuse("answer_polygon_open", "is not closed")
    return {"points": [_corner(point) for point in points]} | _labels(control, value)


def point(control: Control, value: object, _shown: object) -> dict[str, Any]:
    """Return a point: where it lies."""
    value = _parts(control, value, {"x", "y"}, {"width"})
    return {"x": _place(value, "x"), "y": _place(value, "y")} | _labels(control, value)


def _parts(
    control: Control, value: object, needed: set[str], allowed: set[str] | None = None
) -> dict[str, Any]:
    return wrong.keys(value, needed | _label_key(control), allowed or set())


def _label_key(control: Control) -> set[str]:
    return {control.type} if control.options else set()


def _labels(control: Control, value: dict[str, Any]) -> dict[str, Any]:
    return {"labels": marks.labels(control, value)} if control.options else {}


def _place(value: dict[str, Any], key: str) -> float:
    try:
        return wrong.number(value, key, -SLACK, FULL)
    except wrong.Wrong as problem:
        if problem.code == "answer_out_of_range":
            wrong.refuse("answer_outside_image", f"lies outside the picture: {problem.sentence}")
        raise


def _size(value: dict[str, Any], key: str) -> float:
    given = wrong.number(value, key, 0, FULL)
    if given <= 0:
        wrong.refuse("answer_shape_empty", f"needs {key} to be more than 0")
    return given


def _turn(value: dict[str, Any]) -> float:
    given = value | {"rotation": value.get("rotation", 0)}
    return wrong.number(given, "rotation", -TURN_DEGREES_MAX, TURN_DEGREES_MAX)


def _corner(point: object) -> list[float]:
    if not isinstance(point, list) or len(point) != 2:
        wrong.refuse("answer_polygon_points", "needs every corner to be [x, y]")
    corner = {"x": point[0], "y": point[1]}
    return [_place(corner, "x"), _place(corner, "y")]
