"""The kind “boxes”: rectangles on an image, each with a class.

A box is {x, y, width, height, rotation, class}, in percent of the image or any unit that all
answers share; rotation is in degrees, clockwise around the corner (x, y), as Label Studio has
it. Two boxes are as alike as they overlap (intersection over union). Boxes of a job are grouped,
told real from false, and their edges put together by medians weighted by exactness; where one
of a group is turned, the group's most typical box is taken as it is.
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

SLACK = 0.5  # rounding of a drawing that touches the edge

Value = Sequence[Mapping[str, Any]]


class Boxes(Marks):
    """Rectangles with a class."""

    NAME = "boxes"
    TYPES = ("rectanglelabels", "rectangle")
    KEYS = ("x", "y", "width", "height", "rotation")
    WORD = "Box"

    def read_one(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Read one rectangle; without a rotation it is not turned."""
        sides = {key: item.get(key) for key in ("x", "y", "width", "height")}
        return {**sides, "rotation": item.get("rotation", 0)}

    def check_one(self, region: Mapping[str, Any], name: str, allowed: Terms) -> None:
        """Refuse a box without area or outside the image."""
        for key in ("x", "y"):
            terms.check_place(region[key], f"{key} of {name}", allowed)
        for key in ("width", "height"):
            if terms.check_number(region[key], f"{key} of {name}", 0, allowed.high) == 0:
                terms.refuse("answer_empty_region", f"{name} has no area; please draw it again.")
        terms.check_number(region["rotation"], f"rotation of {name}", -360, 360)
        if allowed.high is None or region["rotation"]:
            return
        reach = max(region["x"] + region["width"], region["y"] + region["height"])
        if reach > allowed.high + SLACK:
            terms.refuse("answer_outside_image", f"{name} reaches beyond the edge of the image.")


def overlaps(first: Value, second: Value) -> FloatArray:
    """Give intersection over union of every two boxes: (first, second)."""
    if any(box.get("rotation") for box in (*first, *second)):
        return rasters.polygon_overlaps(
            [_outline(box) for box in first], [_outline(box) for box in second]
        )
    one, other = _edges(first)[:, None], _edges(second)[None, :]
    low, high = np.maximum(one[..., :2], other[..., :2]), np.minimum(one[..., 2:], other[..., 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    areas = [np.prod(edges[..., 2:] - edges[..., :2], axis=2) for edges in (one, other)]
    return np.asarray(shared / np.maximum(areas[0] + areas[1] - shared, 1e-12))


def _measure(boxes: Value) -> tuple[FloatArray, FloatArray]:
    edges = _edges(boxes)
    middle = np.median(edges, axis=0)
    return edges, np.maximum(np.tile(middle[2:] - middle[:2], 2), 1e-9)


def _merge(boxes: Value, spreads: FloatArray) -> dict[str, Any]:
    if any(box.get("rotation") for box in boxes):
        weights = 1 / spreads.mean(axis=1) ** 2
        typical = int(np.argmax(np.round(overlaps(boxes, boxes) @ weights, 9)))
        return dict(boxes[typical])
    left, top, right, bottom = corners.merge(_edges(boxes), spreads).tolist()
    sides = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return {**{key: round(side, 4) for key, side in sides.items()}, "rotation": 0}


def _edges(boxes: Value) -> FloatArray:
    sides = [[box["x"], box["y"], box["width"], box["height"]] for box in boxes]
    table = np.array(sides, dtype=np.float64).reshape(-1, 4)
    return np.concatenate([table[:, :2], table[:, :2] + table[:, 2:]], axis=1)


def _outline(box: Mapping[str, Any]) -> FloatArray:
    """Give the four corners of a turned box: (4, 2)."""
    angle = np.deg2rad(box["rotation"])
    across = box["width"] * np.array([np.cos(angle), np.sin(angle)])
    down = box["height"] * np.array([-np.sin(angle), np.cos(angle)])
    start = np.array([box["x"], box["y"]], dtype=np.float64)
    return np.stack([start, start + across, start + across + down, start + down])


Boxes.geometry = Geometry(4, overlaps, _measure, _merge)
KIND = Boxes()
