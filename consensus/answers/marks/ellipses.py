"""The kind “ellipses”: ellipses on an image, each with a class.

An ellipse is {x, y, radiusX, radiusY, rotation, class}: its centre and radii in percent of the
image, its turn in degrees, clockwise around the centre. Two ellipses are as alike as they overlap,
counted on a grid. They are grouped, told real from false and put together as boxes are: medians
weighted by exactness, or the most typical one where one of a group is turned.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from consensus import terms
from consensus.answers.marks.marking import Marks
from consensus.arrays import FloatArray
from consensus.merging import corners, rasters
from consensus.merging.regions import Geometry
from consensus.terms import Terms

SIDES = ("x", "y", "radiusX", "radiusY")
CORNERS = 32

Value = Sequence[Mapping[str, Any]]


class Ellipses(Marks):
    """Ellipses with a class."""

    NAME = "ellipses"
    TYPES = ("ellipselabels", "ellipse")
    KEYS = (*SIDES, "rotation")
    WORD = "Ellipse"

    def read_one(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Read one ellipse; without a rotation it is not turned."""
        return {key: item.get(key) for key in SIDES} | {"rotation": item.get("rotation", 0)}

    def check_one(self, region: Mapping[str, Any], name: str, allowed: Terms) -> None:
        """Refuse an ellipse without area, or whose centre is outside the image."""
        for key in ("x", "y"):
            terms.check_place(region[key], f"{key} of {name}", allowed)
        for key in ("radiusX", "radiusY"):
            if terms.check_number(region[key], f"{key} of {name}", 0, allowed.high) == 0:
                terms.refuse("answer_empty_region", f"{name} has no area; please draw it again.")
        terms.check_number(region["rotation"], f"rotation of {name}", -360, 360)


def _overlaps(first: Value, second: Value) -> FloatArray:
    return rasters.polygon_overlaps(
        [_outline(ellipse) for ellipse in first], [_outline(ellipse) for ellipse in second]
    )


def _measure(ellipses: Value) -> tuple[FloatArray, FloatArray]:
    numbers = _numbers(ellipses)
    radii = np.median(numbers[:, 2:], axis=0)
    return numbers, np.maximum(np.tile(2 * radii, 2), 1e-9)


def _merge(ellipses: Value, spreads: FloatArray) -> dict[str, Any]:
    if any(ellipse["rotation"] for ellipse in ellipses):
        weights = 1 / spreads.mean(axis=1) ** 2
        near = np.round(_overlaps(ellipses, ellipses) @ weights, 9)
        return dict(ellipses[int(np.argmax(near))])
    sides = zip(SIDES, corners.merge(_numbers(ellipses), spreads).tolist(), strict=True)
    return {**{key: round(side, 4) for key, side in sides}, "rotation": 0}


def _numbers(ellipses: Value) -> FloatArray:
    rows = [[ellipse[key] for key in SIDES] for ellipse in ellipses]
    return np.array(rows, dtype=np.float64).reshape(-1, len(SIDES))


def _outline(ellipse: Mapping[str, Any]) -> FloatArray:
    """Give corners on an ellipse: (CORNERS, 2)."""
    turns = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    angle = np.deg2rad(ellipse["rotation"])
    along = ellipse["radiusX"] * np.cos(turns)[:, None]
    across = ellipse["radiusY"] * np.sin(turns)[:, None]
    turned = along * [np.cos(angle), np.sin(angle)] + across * [-np.sin(angle), np.cos(angle)]
    return np.asarray(turned + [ellipse["x"], ellipse["y"]])


Ellipses.geometry = Geometry(4, _overlaps, _measure, _merge)
KIND = Ellipses()
