"""How soon those who guess are removed by gold, and how rarely good workers are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.quality.tables import Bar, Cell, Found, Table
from consensus import sequential
from consensus.arrays import IntArray

GOLDS = 200
RATE = 0.01
MINIMUMS = (0.7, 0.8, 0.9)
CLASSES = (2, 3, 4, 10)
JUDGED = (0.7, 4)
GUESSER_GOLDS_MOST = 12
WORKERS = 20_000


@dataclass(frozen=True)
class Removal:
    """What the removal test does to simulated workers over GOLDS golds.

    `false_removals` is the share of workers exactly at the minimum who are ever removed;
    `guesser_golds` the median until those who guess are; `least_golds` what no test could beat.
    """

    minimum: float
    classes: int
    false_removals: float
    guesser_golds: float
    least_golds: float


def measure(_seeds: int) -> Found:
    """Simulate workers at several minimums, and those who guess among few and many classes."""
    found = [simulate(minimum, classes) for minimum in MINIMUMS for classes in CLASSES]
    (judged,) = (one for one in found if (one.minimum, one.classes) == JUDGED)
    worst = max(one.false_removals for one in found)
    what = "median golds until who guesses among 4 classes is removed, minimum 70 %"
    return Found(
        [_table(found)],
        [
            Bar(f"good workers ever removed over {GOLDS} golds", worst, most=RATE),
            Bar(what, judged.guesser_golds, most=GUESSER_GOLDS_MOST),
        ],
    )


def simulate(minimum: float, classes: int) -> Removal:
    """Simulate workers exactly at the minimum, and those who guess."""
    chance = np.random.default_rng(0)
    counts = np.arange(GOLDS + 1)
    table = sequential.log_e_values(counts[:, None], counts, minimum) >= -np.log(RATE)

    def removed_at(accuracy: float) -> IntArray:
        right = (chance.random((WORKERS, GOLDS)) < accuracy).cumsum(axis=1)
        out = table[right, counts[1:] - right]
        return np.where(out.any(axis=1), out.argmax(axis=1) + 1, GOLDS + 1)

    false = float((removed_at(minimum) <= GOLDS).mean())
    median = float(np.median(removed_at(1 / classes)))
    return Removal(minimum, classes, false, median, least_golds(minimum, 1 / classes))


def least_golds(minimum: float, accuracy: float) -> float:
    """Bound from below the mean golds of any test of this rate (Wald 1945).

    A test that removes a worker at the minimum with probability RATE at most, and one of this
    accuracy surely, needs ln(1/RATE) over the divergence between the two, in golds, on average.
    """
    right = accuracy * np.log(accuracy / minimum)
    wrong = (1 - accuracy) * np.log((1 - accuracy) / (1 - minimum))
    return float(-np.log(RATE) / (right + wrong))


def _table(found: list[Removal]) -> Table:
    rows: list[dict[str, Cell]] = [
        {
            "minimum": f"{one.minimum:.0%}",
            "classes": one.classes,
            "good workers removed": one.false_removals,
            "median golds of who guesses": one.guesser_golds,
            "no test needs fewer": one.least_golds,
        }
        for one in found
    ]
    about = (
        f"{WORKERS:,} simulated workers exactly at the minimum, and as many who guess, over {GOLDS}"
        f" golds; stated rate {RATE:.0%}. The last column is Wald's bound on the mean of any test "
        "of this rate: between two classes a guess is right half of the time, and no test tells "
        "that from the minimum in a few golds. The bound is on means, so a median may be below it."
    )
    return Table("Removal: good workers and guessers", about, rows)
