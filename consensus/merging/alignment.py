"""Align two sequences with the fewest edits (Levenshtein), many pairs at a time in NumPy."""

from collections.abc import Hashable, Sequence

import numpy as np

from consensus.arrays import IntArray

CELLS_MAX = 1_000_000  # of a table of edits held at a time

Words = Sequence[Hashable]
Steps = list[tuple[int | None, int | None]]


def distance(first: Words, second: Words) -> int:
    """Count the insertions, deletions and substitutions between two sequences."""
    return distances([(first, second)])[0]


def distances(pairs: Sequence[tuple[Words, Words]]) -> list[int]:
    """Count the edits of every pair."""
    found = [0] * len(pairs)
    for numbers in _batches(pairs):
        batch = [pairs[number] for number in numbers]
        tables = _tables(*_coded(batch))
        for place, (number, (first, second)) in enumerate(zip(numbers, batch, strict=True)):
            found[number] = int(tables[place, len(first), len(second)])
    return found


def align(pairs: Sequence[tuple[Words, Words]]) -> list[Steps]:
    """Align every pair with the fewest edits.

    A step is (place in the first, place in the second); None on one side is an insertion or a
    deletion. Of equally short ways the one is taken that substitutes last.
    """
    found: list[Steps] = [[] for _ in pairs]
    for numbers in _batches(pairs):
        batch = [pairs[number] for number in numbers]
        for number, steps in zip(numbers, _walked(batch), strict=True):
            found[number] = steps
    return found


def _walked(batch: list[tuple[Words, Words]]) -> list[Steps]:
    """Walk back through the tables of all pairs at once, a step a round."""
    first, second = _coded(batch)
    tables = _tables(first, second)
    row = np.array([len(pair[0]) for pair in batch])
    column = np.array([len(pair[1]) for pair in batch])
    one, steps = np.arange(len(batch)), []
    while (row + column).any():
        here = tables[one, row, column]
        above, left = np.maximum(row - 1, 0), np.maximum(column - 1, 0)
        cost = first[one, above] != second[one, left]
        both = (row > 0) & (column > 0) & (here == tables[one, above, left] + cost)
        up = both | ((row > 0) & (here == tables[one, above, column] + 1))
        side = both | (~up & (column > 0))
        row, column = row - up, column - side
        steps.append(np.stack([np.where(up, row, -1), np.where(side, column, -1)], axis=1))
    walked = np.stack(steps[::-1], axis=1).tolist() if steps else [[] for _ in batch]
    return [
        [
            (up if up >= 0 else None, side if side >= 0 else None)
            for up, side in path
            if up >= 0 or side >= 0
        ]
        for path in walked
    ]


def _tables(first: IntArray, second: IntArray) -> IntArray:
    """Fill the tables of edits of all pairs at once: (pairs, first + 1, second + 1)."""
    rows, columns = first.shape[1], second.shape[1]
    tables = np.zeros((len(first), rows + 1, columns + 1), dtype=np.int64)
    places = np.arange(columns + 1)
    tables[:, 0] = places
    for row in range(1, rows + 1):
        above = tables[:, row - 1]
        best = above + 1
        differ = first[:, row - 1, None] != second
        np.minimum(best[:, 1:], above[:, :-1] + differ, out=best[:, 1:])
        # An insertion adds 1 a column, so the running minimum of (cost − column) finds the best.
        tables[:, row] = np.minimum.accumulate(best - places, axis=1) + places
    return tables


def _coded(batch: list[tuple[Words, Words]]) -> tuple[IntArray, IntArray]:
    """Number the words of a batch and fill up with blanks: two arrays (pairs, at least 1)."""
    numbers: dict[Hashable, int] = {}
    sides = []
    for side, blank in ((0, -1), (1, -2)):
        width = max(1, *(len(pair[side]) for pair in batch), 1)
        codes = np.full((len(batch), width), blank, dtype=np.int64)
        for row, pair in enumerate(batch):
            text = pair[side]
            codes[row, : len(text)] = [numbers.setdefault(word, len(numbers)) for word in text]
        sides.append(codes)
    return sides[0], sides[1]


def _batches(pairs: Sequence[tuple[Words, Words]]) -> list[list[int]]:
    """Put pairs of like length together, so many that their tables stay below CELLS_MAX."""
    sizes = [(len(first) + 1) * (len(second) + 1) for first, second in pairs]
    batches: list[list[int]] = [[]]
    height = width = 0
    for number in sorted(range(len(pairs)), key=sizes.__getitem__):
        first, second = pairs[number]
        height, width = max(height, len(first) + 1), max(width, len(second) + 1)
        if batches[-1] and (len(batches[-1]) + 1) * height * width > CELLS_MAX:
            batches.append([])
            height, width = len(first) + 1, len(second) + 1
        batches[-1].append(number)
    return [batch for batch in batches if batch]
