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

from consensus import agreement, terms
from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label
from consensus.merging import corners, rasters, regions
from consensus.terms import Terms

NAME = "boxes"
TYPES = ("rectanglelabels", "rectangle")
KEYS = ("x", "y", "width", "height", "rotation", "class")
PERCENT_SLACK = 0.5
F1_FROM = 0.5

Value = Sequence[Mapping[str, Any]]


def read(items: Sequence[Mapping[str, Any]], allowed: Terms) -> list[dict[str, Any]]:
    """Read the boxes of Label Studio values, or refuse the first that is wrong."""
    value = [
        {
            **{key: item.get(key) for key in ("x", "y", "width", "height")},
            "rotation": item.get("rotation", 0),
            "class": terms.class_of(item, "rectanglelabels"),
        }
        for item in items
    ]
    check(value, allowed)
    return value


def write(value: Value) -> list[dict[str, Any]]:
    """Write boxes as Label Studio values."""
    return [terms.with_class(region, "rectanglelabels") for region in value]


def check(answer: object, allowed: Terms) -> None:
    """Refuse what is no list of boxes inside the image with classes of the job."""
    for number, box in enumerate(terms.check_list(answer, "Boxes", allowed.count_max), start=1):
        name = f"Box {number}"
        given = terms.check_keys(box, name, KEYS)
        for key in ("x", "y"):
            terms.check_number(given[key], f"{key} of box {number}", allowed.low, allowed.high)
        for key in ("width", "height"):
            size = terms.check_number(given[key], f"{key} of box {number}", 0, None)
            if size == 0:
                terms.refuse("answer_empty_region", f"{name} has no area; please draw it again.")
        terms.check_number(given["rotation"], f"rotation of box {number}", -360, 360)
        _check_inside(given, name, allowed.high)
        terms.check_class(given["class"], allowed)


def similarity(first: Value, second: Value) -> float:
    """Measure matched overlap: 2 Σ IoU of matched boxes of one class / (boxes of both)."""
    return regions.similarity(GEOMETRY, first, second)


def label(values: Sequence[Value], weights: FloatArray) -> Label:
    """Label one task from its answers and their workers' weights (answers,)."""
    return regions.vote(GEOMETRY, values, weights)


def fit(answers: Answers, known: Mapping[str, Any]) -> Fitted:
    """Label all tasks of a job, known ones staying as they are."""
    return regions.fit(GEOMETRY, answers, known)


def agree(answers: Answers) -> dict[str, float | None]:
    """Report the mean matched overlap and the F1 at an overlap of one half, between workers."""
    return {
        "mean_overlap": agreement.mean_by_task(answers, similarity),
        "f1_at_half": agreement.mean_by_task(answers, f1_at_half),
    }


def f1_at_half(first: Value, second: Value) -> float:
    """Count boxes of one class that overlap by half or more, as F1; 1 if both are empty."""
    alike = regions.classed_alike(GEOMETRY, first, second)
    hits, missed, extra = agreement.matched_f1(alike, F1_FROM)
    return 2 * hits / (2 * hits + missed + extra) if first or second else 1.0


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


def _check_inside(box: Mapping[str, Any], name: str, high: float | None) -> None:
    if high is None or box["rotation"]:
        return
    if max(box["x"] + box["width"], box["y"] + box["height"]) > high + PERCENT_SLACK:
        terms.refuse("answer_outside_image", f"{name} reaches beyond the edge of the image.")


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


GEOMETRY = regions.Geometry(4, overlaps, _measure, _merge)
