"""Answers of every kind, drawn by Hypothesis, with the terms they keep to."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from consensus.answers import Terms
from consensus.merging import rasters

CLASSES = ("a", "b", "c")
PATHS = ("a", "a / b", "c")
PERCENT = Terms(classes=CLASSES, low=0, high=100)
WORDS = st.sampled_from(["the", "a", "cat", "Cat,", "sat", "down", "—", "on", "it's"])


def _several(one: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(one, max_size=4)


def _side(low: int = 0, high: int = 90) -> st.SearchStrategy[float]:
    return st.integers(low, high).map(float)


@st.composite
def _stretch(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(st.integers(0, 30))
    end = start + draw(st.integers(1, 10))
    return {"start": start, "end": end, "class": draw(st.sampled_from(CLASSES))}


def _box(turns: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "x": _side(0, 60),
            "y": _side(0, 60),
            "width": _side(1, 40),
            "height": _side(1, 40),
            "rotation": st.sampled_from([0, 0, 0, 30]) if turns else st.just(0),
            "class": st.sampled_from(CLASSES),
        }
    )


def _ellipse() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            **{"x": _side(), "y": _side(), "radiusX": _side(1, 30), "radiusY": _side(1, 30)},
            "rotation": st.sampled_from([0, 0, 30]),
            "class": st.sampled_from(CLASSES),
        }
    )


@st.composite
def _polygon(draw: st.DrawFn) -> dict[str, Any]:
    corner = st.tuples(_side(), _side()).map(list)
    return {
        "points": draw(st.lists(corner, min_size=3, max_size=6)),
        "class": draw(st.sampled_from(CLASSES)),
    }


@st.composite
def _mask(draw: st.DrawFn) -> dict[str, Any]:
    pixels = draw(st.lists(st.booleans(), min_size=24, max_size=24).filter(any))
    return {"rle": rasters.pack(np.array(pixels)), "class": draw(st.sampled_from(CLASSES))}


@st.composite
def _track(draw: st.DrawFn) -> dict[str, Any]:
    numbers = draw(st.lists(st.integers(1, 40), min_size=1, max_size=3, unique=True))
    frames = []
    for number in sorted(numbers):
        box = draw(_box(turns=False))
        sides = {side: box[side] for side in ("x", "y", "width", "height")}
        frames.append({"frame": number, **sides, "enabled": draw(st.booleans())})
    return {"sequence": frames, "class": draw(st.sampled_from(CLASSES))}


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "boxes": _several(_box()),
    "choice": st.sampled_from(CLASSES),
    "choices": st.lists(st.sampled_from(CLASSES), unique=True).map(sorted),
    "datetime": st.sampled_from(["2026-11-20", "2026-11-22", "2026-11-22T09:30"]),
    "ellipses": _several(_ellipse()),
    "groups": st.permutations(CLASSES).map(lambda order: {"a": order[:1], "c": order[1:]}),
    "masks": _several(_mask()),
    "number": st.integers(0, 100).map(float),
    "pairwise": st.sampled_from(["left", "right"]),
    "points": _several(
        st.fixed_dictionaries({"x": _side(), "y": _side(), "class": st.sampled_from(CLASSES)})
    ),
    "polygons": _several(_polygon()),
    "ranking": st.permutations(CLASSES).map(list),
    "rating": st.integers(1, 5),
    "segments": _several(_stretch()),
    "spans": _several(_stretch()),
    "taxonomy": st.lists(st.sampled_from(PATHS), unique=True).map(sorted),
    "text": st.lists(WORDS, max_size=8).map(" ".join),
    "tracks": _several(_track()),
}
TERMS = {
    **dict.fromkeys(VALUES, PERCENT),
    "datetime": Terms(),
    "pairwise": Terms(),
    "rating": Terms(low=1, high=5),
    "taxonomy": Terms(classes=PATHS),
    "text": Terms(),
}


@st.composite
def jobs(draw: st.DrawFn, name: str) -> list[tuple[str, str, Any]]:
    """Draw the answers of a small job as rows of (task, worker, value)."""
    places = st.tuples(st.sampled_from(["t1", "t2", "t3"]), st.sampled_from(["u", "v", "w", "x"]))
    cells = draw(st.lists(places, min_size=1, max_size=8, unique=True))
    return [(task, worker, draw(VALUES[name])) for task, worker in cells]
