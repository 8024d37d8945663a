"""Turn outlines into pixels: overlaps of polygons, votes per pixel, and packed brush strokes."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from consensus import terms
from consensus.arrays import BoolArray, FloatArray

GRID = 96
PIXELS_MAX = 40_000_000  # of one packed mask, four channels each
RUN_SIZES = (4, 6, 10, 16)
RUN_MAX = 1 << RUN_SIZES[3]
WORD_BITS = 8
OPAQUE = 255


def polygon_overlaps(first: Sequence[FloatArray], second: Sequence[FloatArray]) -> FloatArray:
    """Give intersection over union of outlines (corners, 2) on a common grid: (first, second)."""
    if not first or not second:
        return np.zeros((len(first), len(second)))
    filled = fill([*first, *second])
    return mask_overlaps(filled[: len(first)], filled[len(first) :])


def mask_overlaps(first: BoolArray, second: BoolArray) -> FloatArray:
    """Give intersection over union of masks (masks, pixels): (first, second).

    Two masks without a pixel overlap wholly.
    """
    one, other = first.astype(np.float64), second.astype(np.float64)
    shared = one @ other.T
    union = one.sum(axis=1)[:, None] + other.sum(axis=1)[None, :] - shared
    return np.asarray(np.where(union > 0, shared / np.maximum(union, 1), 1.0))


def fill(outlines: Sequence[FloatArray]) -> BoolArray:
    """Fill outlines on a grid of GRID × GRID over all of them: (outlines, pixels).

    A pixel is inside where a ray crosses the outline an odd number of times. An outline thinner
    than the grid keeps the pixel nearest to its middle, so that equal outlines always overlap.
    """
    corners = np.concatenate(outlines)
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = np.maximum(high - low, 1e-9)
    centres = (np.arange(GRID) + 0.5) / GRID
    filled = np.zeros((len(outlines), GRID, GRID), dtype=bool)
    for number, outline in enumerate(outlines):
        points = (outline - low) / size
        filled[number] = _inside(points, centres)
        column, row = np.minimum((points.mean(axis=0) * GRID).astype(int), GRID - 1)
        if not filled[number].any():
            filled[number, row, column] = True
    return filled.reshape(len(outlines), -1)


def _inside(points: FloatArray, centres: FloatArray) -> BoolArray:
    inside = np.zeros((len(centres), len(centres)), dtype=bool)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        crossed = (y0 > centres) != (y1 > centres)
        if crossed.any():
            at = x0 + (centres[crossed] - y0) * (x1 - x0) / (y1 - y0)
            inside[crossed] ^= centres[None, :] < at[:, None]
    return inside


def vote(filled: BoolArray, weights: FloatArray) -> BoolArray:
    """Take the pixels that half of the weight or more covers: (pixels,)."""
    return np.asarray(weights @ filled >= weights.sum() / 2 - 1e-9)


def unpack(packed: Sequence[int]) -> BoolArray:
    """Read the pixels of a mask packed as Label Studio packs brush strokes: (pixels,).

    The bytes hold a count of values, the width of a value, four widths of run lengths, then runs
    of one value and stretches of single ones; four values make a pixel, the last its opacity.
    Raise AnswerRefused for what cannot be read.
    """
    try:
        data = np.asarray(packed, dtype=np.int64)
    except (TypeError, ValueError, OverflowError):
        terms.refuse("answer_malformed", "A mask must be a list of bytes.")
    if data.ndim != 1 or len(data) == 0 or data.min() < 0 or data.max() > 255:
        terms.refuse("answer_malformed", "A mask must be a list of bytes.")
    bits = _Bits(np.unpackbits(data.astype(np.uint8)))
    count = bits.take(32)
    if count == 0 or count % 4 or count > PIXELS_MAX * 4:
        terms.refuse("answer_malformed", "A mask must have whole pixels, and not too many.")
    width, sizes = bits.take(5) + 1, [bits.take(4) + 1 for _ in range(4)]
    values = np.zeros(count, dtype=np.uint8)
    place = 0
    while place < count:
        is_run = bits.take(1)
        end = place + 1 + bits.take(sizes[bits.take(2)])
        if end > count:
            terms.refuse("answer_malformed", "A mask tells of more pixels than it has.")
        values[place:end] = bits.take(width) if is_run else bits.several(end - place, width)
        place = end
    return np.asarray(values[3::4] > 0)


def pack(pixels: BoolArray) -> list[int]:
    """Pack a mask (pixels,) so that `unpack` and Label Studio read it, in runs only."""
    values = np.repeat(np.where(pixels, OPAQUE, 0), 4)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(values)) + 1, [len(values)]])
    fields = [(len(values), 32), (WORD_BITS - 1, 5), *((size - 1, 4) for size in RUN_SIZES)]
    for start, end in zip(starts[:-1], starts[1:], strict=True):
        for piece in range(start, end, RUN_MAX):
            length = min(RUN_MAX, end - piece)
            fields += [(1, 1), (3, 2), (length - 1, RUN_SIZES[3]), (int(values[start]), WORD_BITS)]
    text = "".join(f"{number:0{size}b}" for number, size in fields)
    bits = np.frombuffer(text.encode(), dtype=np.uint8) - ord("0")
    return np.packbits(bits).tolist()


class _Bits:
    """Read numbers from bits, refusing to read beyond their end."""

    def __init__(self, bits: npt.NDArray[np.uint8]) -> None:
        self.bits, self.at = bits, 0

    def take(self, size: int) -> int:
        """Read one number of so many bits."""
        return int(self.several(1, size)[0])

    def several(self, count: int, size: int) -> FloatArray:
        """Read some numbers of so many bits each."""
        end = self.at + count * size
        if end > len(self.bits):
            terms.refuse("answer_malformed", "A mask ends before all its pixels are told.")
        table = self.bits[self.at : end].reshape(count, size)
        self.at = end
        return np.asarray(table @ (1 << np.arange(size - 1, -1, -1)), dtype=np.float64)
