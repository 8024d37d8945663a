"""The kind “points”: marked places on an image, each with a class.

A point is {x, y, class} in percent of the image. Two points are alike by how near they are:
1 − distance / REACH, nothing at REACH (in percent of the image) or beyond. They are grouped and
told real from false as boxes are; a place is the median of its points, weighted by exactness.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from consensus import terms
from consensus.answers.marks.marking import Marks
from consensus.arrays import FloatArray
from consensus.merging import corners
from consensus.merging.regions import Geometry
from consensus.terms import Terms

REACH = 10.0

Value = Sequence[Mapping[str, Any]]


class Points(Marks):
    """Places with a class."""

    NAME = "points"
    TYPES = ("keypointlabels", "keypoint")
    KEYS = ("x", "y")
    WORD = "Point"

    def read_one(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Read one point; the width it was drawn with does not count."""
        return {key: item.get(key) for key in self.KEYS}

    def check_one(self, region: Mapping[str, Any], name: str, allowed: Terms) -> None:
        """Refuse a point outside the image."""
        for key in self.KEYS:
            terms.check_place(region[key], f"{key} of {name}", allowed)


def _nearness(first: Value, second: Value) -> FloatArray:
    apart = _places(first)[:, None] - _places(second)[None, :]
    return np.asarray(np.maximum(1 - np.hypot(apart[..., 0], apart[..., 1]) / REACH, 0.0))


def _measure(points: Value) -> tuple[FloatArray, FloatArray]:
    return _places(points), np.full(2, REACH)


def _merge(points: Value, spreads: FloatArray) -> dict[str, Any]:
    across, down = corners.merge(_places(points), spreads).tolist()
    return {"x": round(across, 4), "y": round(down, 4)}


def _places(points: Value) -> FloatArray:
    pairs = [[point["x"], point["y"]] for point in points]
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


Points.geometry = Geometry(2, _nearness, _measure, _merge)
KIND = Points()
