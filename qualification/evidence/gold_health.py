"""Tell golds that are wrong or known by heart from those that measure, by their answers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from consensus import reliability

FRESH_MAX = 20
LATE_MIN = 20
Z = 1.96


@dataclass(frozen=True)
class Tally:
    """How the answers to one gold fell.

    `seen` counts judged answers, `missed` the wrong ones, `favourite` the most frequent wrong
    answer; `sound_seen` and `sound_missed` count only workers whose other checks hold up;
    `shown` and `contested` count workers who were shown the known answer, and objected.
    """

    seen: int = 0
    missed: int = 0
    favourite: int = 0
    sound_seen: int = 0
    sound_missed: int = 0
    shown: int = 0
    contested: int = 0


@dataclass(frozen=True)
class Wear:
    """How a gold fares now and when it was fresh, beside its answerers' level on fresh golds.

    `late` and `fresh` are (right, answered) of this gold after and up to its FRESH_MAX-th answer;
    `late_level` and `fresh_level` what the same people reach on fresh answers to other golds.
    """

    late: tuple[int, int] = (0, 0)
    fresh: tuple[int, int] = (0, 0)
    late_level: float = 0.0
    fresh_level: float = 0.0


@dataclass(frozen=True)
class Limits:
    """What may be missed and contested, of how many at least; how far a worn gold may rise."""

    looks_min: int
    missed_share_max: float
    contested_share_max: float
    gap_max: float


def suspicion(tally: Tally, limits: Limits) -> str:
    """Return why a gold must be looked at, in words; empty where nothing is wrong with it.

    The share missed is judged by its Wilson bound, so that a few misses stop nothing. Misses count
    where they come from workers whose other checks hold up, or where the misses are one and the
    same answer: a crowd that is wrong in one voice is more likely right.
    """
    if tally.contested >= 2 and tally.contested > limits.contested_share_max * tally.shown:
        return f"{tally.contested} of the {tally.shown} workers who saw its answer contested it."
    for seen, missed in (
        (tally.sound_seen, tally.sound_missed),
        (tally.seen, tally.favourite),
    ):
        is_enough = seen >= limits.looks_min
        if is_enough and reliability.wilson(missed, seen)[0] > limits.missed_share_max:
            return f"{tally.missed} of {tally.seen} workers missed it."
    return ""


def gap(wear: Wear) -> float | None:
    """Return how much better people do on this gold now than when it was fresh, above their level.

    (late − their level) − (fresh − their level): a gold that leaked is answered right by people who
    are no better elsewhere. None while either side has fewer than LATE_MIN answers.
    """
    if wear.late[1] < LATE_MIN or wear.fresh[1] < LATE_MIN:
        return None
    now = wear.late[0] / wear.late[1] - wear.late_level
    then = wear.fresh[0] / wear.fresh[1] - wear.fresh_level
    return now - then


def is_burnt(wear: Wear, limits: Limits) -> bool:
    """Tell whether the gap surely (95 %) exceeds what a gold may rise."""
    found = gap(wear)
    if found is None:
        return False
    error = math.sqrt(sum(_variance(*part) for part in (wear.late, wear.fresh)))
    return found - Z * error > limits.gap_max


def supply(gold_left: int, first_left: int, every: int, accuracy: float) -> int:
    """Return how many tasks, checks included, a worker does before their unseen gold runs out.

    `first_left` golds are still to be got right at every other task; after that one task in
    `every` is gold. `accuracy` is the worker's on gold, or the job's.
    """
    if every == 0:
        return 0
    proving = min(gold_left, math.ceil(first_left / max(accuracy, 0.1)))
    return 2 * proving + every * (gold_left - proving)


def _variance(right: int, answered: int) -> float:
    """Return the variance of a share, with one pseudo answer on either side."""
    share = (right + 1) / (answered + 2)
    return share * (1 - share) / answered
