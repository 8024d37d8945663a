"""The kind “masks”: brushed areas of an image, each with a class.

A mask is {rle, class}, packed as Label Studio packs brush strokes; all masks of an image have
its pixels. Two masks are as alike as they overlap. They are grouped and told real from false as
boxes are; every pixel is voted on with weights of exactness, and the outcome packed again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from consensus import terms
from consensus.answers.marks.marking import Marks
from consensus.arrays import BoolArray, FloatArray
from consensus.merging import rasters
from consensus.merging.regions import Geometry
from consensus.terms import Terms

BYTES_MAX = 4_000_000

Value = Sequence[Mapping[str, Any]]


class Masks(Marks):
    """Brushed areas with a class."""

    NAME = "masks"
    TYPES = ("brushlabels", "brush")
    KEYS = ("rle",)
    WORD = "Mask"

    def read_one(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Read one packed mask."""
        return {"rle": item.get("rle")}

    def write_one(self, region: Mapping[str, Any]) -> dict[str, Any]:
        """Write one packed mask."""
        return {**region, "format": "rle"}

    def check_one(self, region: Mapping[str, Any], name: str, allowed: Terms) -> None:
        """Refuse a mask that cannot be read or covers nothing."""
        packed = terms.check_list(region["rle"], f"The bytes of {name}", BYTES_MAX)
        if not rasters.unpack(packed).any():
            terms.refuse("answer_empty_region", f"{name} is empty; please brush it again.")


def _overlaps(first: Value, second: Value) -> FloatArray:
    pixels = _pixels([*first, *second])
    return rasters.mask_overlaps(pixels[: len(first)], pixels[len(first) :])


def _measure(masks: Value) -> tuple[FloatArray, FloatArray]:
    """Measure how far a mask lies from the others' vote: 1 − overlap, one number each."""
    pixels = _pixels(masks)
    outcome = rasters.vote(pixels, np.ones(len(pixels)))
    return 1 - rasters.mask_overlaps(pixels, outcome[None]), np.ones(1)


def _merge(masks: Value, spreads: FloatArray) -> dict[str, Any]:
    return {"rle": rasters.pack(rasters.vote(_pixels(masks), 1 / spreads[:, 0] ** 2))}


def _pixels(masks: Value) -> BoolArray:
    """Unpack masks to one size: (masks, pixels); what is shorter ends empty."""
    unpacked = [rasters.unpack(mask["rle"]) for mask in masks]
    pixels = np.zeros((len(unpacked), max(map(len, unpacked))), dtype=bool)
    for row, mask in zip(pixels, unpacked, strict=True):
        row[: len(mask)] = mask
    return pixels


Masks.geometry = Geometry(1, _overlaps, _measure, _merge)
KIND = Masks()
