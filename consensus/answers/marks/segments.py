"""The kind “segments”: stretches of a recording or time series, each with a class.

A segment is {start, end, class}, in seconds (or the time units all answers share). Two segments
are as alike as they overlap in time. They are grouped and told real from false as boxes are, in
one dimension; starts and ends are medians weighted by exactness.
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

Value = Sequence[Mapping[str, Any]]


class Segments(Marks):
    """Stretches of time with a class."""

    NAME = "segments"
    TYPES = ("labels", "timeserieslabels", "timelinelabels")
    KEYS = ("start", "end")
    WORD = "Segment"

    def read_one(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Read one stretch; a timeline gives it as {"ranges": [{"start", "end"}]}."""
        ranges = item.get("ranges")
        stretch = item
        if isinstance(ranges, list) and len(ranges) == 1 and isinstance(ranges[0], Mapping):
            stretch = ranges[0]
        return {"start": stretch.get("start"), "end": stretch.get("end")}

    def check_one(self, region: Mapping[str, Any], name: str, allowed: Terms) -> None:
        """Refuse a segment outside the recording or without length."""
        low = 0 if allowed.low is None else allowed.low
        for key in self.KEYS:
            terms.check_number(region[key], f"The {key} of {name}", low, allowed.high)
        if region["end"] <= region["start"]:
            terms.refuse("answer_empty_region", f"{name} must end after it starts.")


def _overlaps(first: Value, second: Value) -> FloatArray:
    one, other = _ends(first)[:, None], _ends(second)[None, :]
    shared = np.minimum(one[..., 1], other[..., 1]) - np.maximum(one[..., 0], other[..., 0])
    shared = np.maximum(shared, 0)
    lengths = (one[..., 1] - one[..., 0]) + (other[..., 1] - other[..., 0])
    return np.asarray(shared / np.maximum(lengths - shared, 1e-12))


def _measure(segments: Value) -> tuple[FloatArray, FloatArray]:
    ends = _ends(segments)
    middle = np.median(ends, axis=0)
    return ends, np.full(2, max(float(middle[1] - middle[0]), 1e-9))


def _merge(segments: Value, spreads: FloatArray) -> dict[str, Any]:
    start, end = corners.merge(_ends(segments), spreads).tolist()
    return {"start": round(start, 6), "end": round(end, 6)}


def _ends(segments: Value) -> FloatArray:
    pairs = [[segment["start"], segment["end"]] for segment in segments]
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


Segments.geometry = Geometry(2, _overlaps, _measure, _merge)
KIND = Segments()
