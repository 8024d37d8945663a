"""The kind “polygons”: outlines on an image, each with a class.

A polygon is {points: [[x, y], …], class} in percent of the image. Two polygons are as alike as
they overlap, counted on a grid. They are grouped and told real from false as boxes are. Workers
vote on every pixel, weighted by exactness; the label is the real polygon nearest to that vote,
because a drawn outline has corners where a person saw them and a vote has steps.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from consensus import terms
from consensus.answers.marks.marking import Marks
from consensus.arrays import FloatArray
from consensus.merging import rasters
from consensus.merging.regions import Geometry
from consensus.terms import Terms

POINTS_MAX = 1_000

Value = Sequence[Mapping[str, Any]]


class Polygons(Marks):
    """Outlines with a class."""

    NAME = "polygons"
    TYPES = ("polygonlabels", "polygon")
    KEYS = ("points",)
    WORD = "Polygon"

    def read_one(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Read one outline; it is closed whether the drawing was or not."""
        return {"points": item.get("points")}

    def write_one(self, region: Mapping[str, Any]) -> dict[str, Any]:
        """Write one outline as a closed one."""
        return {**region, "closed": True}

    def check_one(self, region: Mapping[str, Any], name: str, allowed: Terms) -> None:
        """Refuse an outline of fewer than three corners, or outside the image."""
        points = terms.check_list(region["points"], f"The corners of {name}", POINTS_MAX)
        if len(points) < 3:
            terms.refuse("answer_empty_region", f"{name} needs three corners or more.")
        for point in points:
            if not isinstance(point, list | tuple) or len(point) != 2:
                terms.refuse("answer_malformed", f"Each corner of {name} must be [x, y].")
            for side in point:
                terms.check_place(side, f"A corner of {name}", allowed)


def _overlaps(first: Value, second: Value) -> FloatArray:
    return rasters.polygon_overlaps(
        [_corners(polygon) for polygon in first], [_corners(polygon) for polygon in second]
    )


def _measure(polygons: Value) -> tuple[FloatArray, FloatArray]:
    """Measure how far a polygon lies from the others' vote: 1 − overlap, one number each."""
    filled = rasters.fill([_corners(polygon) for polygon in polygons])
    outcome = rasters.vote(filled, np.ones(len(filled)))
    return 1 - rasters.mask_overlaps(filled, outcome[None]), np.ones(1)


def _merge(polygons: Value, spreads: FloatArray) -> dict[str, Any]:
    filled = rasters.fill([_corners(polygon) for polygon in polygons])
    outcome = rasters.vote(filled, 1 / spreads[:, 0] ** 2)
    near = rasters.mask_overlaps(filled, outcome[None])[:, 0]
    return {"points": polygons[int(np.argmax(np.round(near, 9)))]["points"]}


def _corners(polygon: Mapping[str, Any]) -> FloatArray:
    return np.array(polygon["points"], dtype=np.float64)


Polygons.geometry = Geometry(1, _overlaps, _measure, _merge)
KIND = Polygons()
