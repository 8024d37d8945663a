"""The kind “tracks”: rectangles that move through a video, each with a class.

A track is {sequence, class}; its sequence lists key frames {frame, x, y, width, height,
enabled}, in percent of the picture, between which the rectangle moves evenly; after a frame that
is not enabled it is gone until the next. Two tracks are as alike as they overlap, averaged over
frames in which either is seen. They are grouped and told real from false as boxes are. The label
has the key frames of the group's most typical track and, there, medians weighted by exactness.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from consensus import terms
from consensus.answers.marks import boxes
from consensus.answers.marks.marking import Marks
from consensus.arrays import BoolArray, FloatArray
from consensus.merging import corners
from consensus.merging.regions import Geometry
from consensus.terms import Terms

SIDES = ("x", "y", "width", "height")
FRAME_KEYS = ("frame", *SIDES, "enabled")
KEY_FRAMES_MAX = 5_000
FRAMES_COMPARED_MAX = 64

Value = Sequence[Mapping[str, Any]]


class Tracks(Marks):
    """Moving rectangles with a class."""

    NAME = "tracks"
    TYPES = ("labels", "videorectangle")
    KEYS = ("sequence",)
    WORD = "Track"

    def read_one(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Read one track, its key frames in order; times and turns do not count."""
        frames = terms.check_list(item.get("sequence"), "A sequence", KEY_FRAMES_MAX)
        if not all(isinstance(frame, Mapping) for frame in frames):
            terms.refuse("answer_malformed", "A sequence must be a list of key frames.")
        kept = [{key: frame.get(key, True) for key in FRAME_KEYS} for frame in frames]
        return {"sequence": kept}

    def check_one(self, region: Mapping[str, Any], name: str, allowed: Terms) -> None:
        """Refuse a track without key frames, or with one that is no rectangle in the picture."""
        frames = terms.check_list(region["sequence"], f"The frames of {name}", KEY_FRAMES_MAX)
        if not frames:
            terms.refuse("answer_empty_region", f"{name} has no key frame.")
        last = 0
        for frame in frames:
            terms.check_keys(frame, f"A frame of {name}", FRAME_KEYS)
            number = terms.check_number(frame["frame"], f"A frame of {name}", 1, None)
            if number != int(number) or number <= last or not isinstance(frame["enabled"], bool):
                terms.refuse("answer_malformed", f"The frames of {name} must count upwards.")
            last = int(number)
            box = {**{side: frame[side] for side in SIDES}, "rotation": 0}
            boxes.KIND.check_one(box, f"{name} at frame {last}", allowed)


def _overlaps(first: Value, second: Value) -> FloatArray:
    frames = _frames([*first, *second])
    one, other = [_at(track, frames) for track in first], [_at(track, frames) for track in second]
    table = np.zeros((len(first), len(second)))
    for row, (edges, seen) in enumerate(one):
        for column, (edges_too, seen_too) in enumerate(other):
            either = seen | seen_too
            shared = np.where(seen & seen_too, _each_overlap(edges, edges_too), 0.0)
            table[row, column] = shared[either].mean() if either.any() else 1.0
    return table


def _each_overlap(one: FloatArray, other: FloatArray) -> FloatArray:
    """Give intersection over union frame by frame: both (frames, 4), result (frames,)."""
    sides = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
    shared = np.prod(np.maximum(sides, 0), axis=1)
    areas = [np.prod(edges[:, 2:] - edges[:, :2], axis=1) for edges in (one, other)]
    return np.asarray(shared / np.maximum(areas[0] + areas[1] - shared, 1e-12))


def _measure(tracks: Value) -> tuple[FloatArray, FloatArray]:
    """Measure how far a track lies from the others: 1 − mean overlap, one number each."""
    return 1 - _overlaps(tracks, tracks).mean(axis=1, keepdims=True), np.ones(1)


def _merge(tracks: Value, spreads: FloatArray) -> dict[str, Any]:
    weights = 1 / spreads[:, 0] ** 2
    typical = int(np.argmax(np.round(_overlaps(tracks, tracks) @ weights, 9)))
    keys = tracks[typical]["sequence"]
    frames = np.array([key["frame"] for key in keys], dtype=np.float64)
    placed = [_at(track, frames) for track in tracks]
    sequence = []
    for number, key in enumerate(keys):
        here = [at for at, (_, seen) in enumerate(placed) if seen[number]] or [typical]
        edges = np.stack([placed[at][0][number] for at in here])
        left, top, right, bottom = corners.merge(
            edges, np.repeat(spreads[here], edges.shape[1], axis=1)
        ).tolist()
        sides = zip(SIDES, (left, top, right - left, bottom - top), strict=True)
        sequence.append({**key, **{side: round(length, 4) for side, length in sides}})
    return {"sequence": sequence}


def _frames(tracks: Value) -> FloatArray:
    keys = [key["frame"] for track in tracks for key in track["sequence"]]
    return np.unique(np.linspace(min(keys), max(keys), FRAMES_COMPARED_MAX).round())


def _at(track: Mapping[str, Any], frames: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Give the edges of a track (frames, 4) and whether it is seen there (frames,)."""
    keys = track["sequence"]
    at = np.array([key["frame"] for key in keys], dtype=np.float64)
    sides = np.array([[key[side] for side in SIDES] for key in keys], dtype=np.float64)
    between = np.stack([np.interp(frames, at, column) for column in sides.T], axis=1)
    last = np.searchsorted(at, frames, side="right") - 1
    enabled = np.array([key["enabled"] for key in keys])
    exact = at[np.maximum(last, 0)] == frames
    seen = (last >= 0) & (enabled[np.maximum(last, 0)] | exact)
    return np.concatenate([between[:, :2], between[:, :2] + between[:, 2:]], axis=1), seen


Tracks.geometry = Geometry(1, _overlaps, _measure, _merge)
KIND = Tracks()
