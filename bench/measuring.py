"""Measure works in turns and relate each to the floor of its own round.

A machine that others use is slow at times. Works that take turns within a round meet the same
machine, so the ratio of a round holds where its rates do not; the median over the rounds forgets
the one round that something disturbed.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

ROUNDS = 3
WARM_UP_SECONDS = 1.0
Timer = Callable[[], float]


@dataclass(frozen=True)
class Sample:
    """Hold how many pieces were done in how many seconds."""

    count: int
    seconds: float

    @property
    def rate(self) -> float:
        """Return pieces per second."""
        return self.count / self.seconds


Run = Callable[[float], Sample]
Notes = Callable[[], Mapping[str, str]]


@dataclass(frozen=True)
class Work:
    """Name something to measure, what its pieces are, and how to do it for some seconds.

    `notes` tells more of it when all is done, by the name of a column.
    """

    name: str
    unit: str
    run: Run
    notes: Notes = dict


@dataclass(frozen=True)
class Row:
    """Hold what was measured of one work: pieces per second by round, and the floor's beside."""

    name: str
    unit: str
    rates: tuple[float, ...]
    floor_rates: tuple[float, ...]
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Return the median of pieces per second."""
        return statistics.median(self.rates)

    @property
    def ratio(self) -> float:
        """Return the median over the rounds of pieces per piece of the floor."""
        pairs = zip(self.rates, self.floor_rates, strict=True)
        return statistics.median(rate / floor for rate, floor in pairs)


def stepped(
    step: Callable[[], int],
    before: Callable[[], None] = lambda: None,
    timer: Timer = time.perf_counter,
) -> Run:
    """Make a run that repeats a step, which returns its count, until its seconds are used.

    What must happen `before` each step is done too, and not timed.
    """

    def run(seconds: float) -> Sample:
        count, spent = 0, 0.0
        while spent < seconds:
            before()
            started = timer()
            count += step()
            spent += timer() - started
        return Sample(count, spent)

    return run


def in_turns(works: Sequence[Work], seconds: float, rounds: int = ROUNDS) -> list[Row]:
    """Measure works for some seconds each in every round; the first one is the floor.

    Each round begins with another work, so that none always follows the same one.
    """
    for work in works:
        work.run(min(seconds, WARM_UP_SECONDS))
    rates: dict[str, list[float]] = {work.name: [] for work in works}
    for number in range(rounds):
        first = number % len(works)
        for work in (*works[first:], *works[:first]):
            rates[work.name].append(work.run(seconds).rate)
    floor = tuple(rates[works[0].name])
    return [
        Row(work.name, work.unit, tuple(rates[work.name]), floor, work.notes()) for work in works
    ]
