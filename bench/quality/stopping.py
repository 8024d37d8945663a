"""What adaptive stopping saves and costs, how honest it is, what plans and removals are worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.quality import replays
from bench.quality.crowds import RecordedCrowd
from bench.quality.replays import Outcome
from bench.quality.stopping_rules import Adaptive, DynamicOverlap
from consensus import reliability, sequential
from consensus.arrays import BoolArray, FloatArray, IntArray
from consensus.inference import UNKNOWN

ABOUT = (
    "Replays recorded crowds under stopping rules, gold counted as cost. "
    "Saved is against all answers to tasks that are not gold; loss is against the better of the "
    "picked and the hierarchical model on all answers with the same golds, in points."
)
SEEDS = range(5)
JUDGED_MIN = 300
SURE = 0.95
BINS = 10
RULES: Mapping[str, Callable[[], Any]] = {
    "adaptive": Adaptive,
    "dynamic overlap": DynamicOverlap,
    "dynamic overlap, shrunk": lambda: DynamicOverlap(is_shrunk=True),
}


@dataclass(frozen=True)
class Row:
    """What one rule came to on one set: means over seeds, in per cent and points."""

    set: str
    rule: str
    saved: float
    gold: float
    loss: float


@dataclass(frozen=True)
class Honesty:
    """How honest confidences of labels are where tasks stop, pooled over sets and seeds."""

    items: int
    error: float
    brier: float
    brier_uncalibrated: float
    sure_right: float
    diagram: tuple[reliability.Bin, ...]


@dataclass(frozen=True)
class Stopping:
    """Everything measured: a row a set and rule, honesty pooled, and by set where too small."""

    rows: tuple[Row, ...]
    honesty: Honesty | None

    def means(self) -> Iterator[Row]:
        """Give the mean over sets of each rule."""
        for rule in RULES:
            own = [row for row in self.rows if row.rule == rule]
            figures = (np.mean([getattr(row, name) for row in own]) for name in _FIGURES)
            yield Row("mean", rule, *(float(figure) for figure in figures))


_FIGURES = ("saved", "gold", "loss")


def measure(crowds: Sequence[RecordedCrowd], seeds: Sequence[int] = SEEDS) -> Stopping:
    """Replay every crowd under every rule, once a seed."""
    rows, judged = [], []
    for crowd in crowds:
        outcomes: dict[str, list[tuple[Outcome, float]]] = {name: [] for name in RULES}
        for seed in seeds:
            known = crowd.draw_gold(replays.GOLD_SHARE, np.random.default_rng([seed, 1]))
            full = replays.full_accuracy(crowd, known, seed)
            for name, rule in RULES.items():
                found = _replay(crowd, known, rule(), seed)
                outcomes[name].append((found, full))
        rows += [_row(crowd.name, name, found) for name, found in outcomes.items()]
        if (crowd.truth != UNKNOWN).sum() >= JUDGED_MIN:
            judged += [one for one, _ in outcomes["adaptive"]]
    return Stopping(tuple(rows), honesty(judged) if judged else None)


def honesty(outcomes: Sequence[Outcome]) -> Honesty:
    """Pool confidences and say how honest they are, in bins of equal mass."""
    honest, raw, right = (
        np.concatenate([getattr(one, name) for one in outcomes])
        for name in ("honest", "raw", "right")
    )
    sure = honest >= SURE
    return Honesty(
        items=len(right),
        error=equal_mass_error(honest, right),
        brier=float(np.square(honest - right).mean()),
        brier_uncalibrated=float(np.square(raw - right).mean()),
        sure_right=float(right[sure].mean()) if sure.any() else float("nan"),
        diagram=reliability.diagram(honest, right, BINS),
    )


def equal_mass_error(confidences: FloatArray, right: BoolArray) -> float:
    """Average |accuracy − confidence| over BINS bins that hold equally many items."""
    parts = np.array_split(np.argsort(confidences, kind="stable"), BINS)
    gaps = [len(at) * abs(confidences[at].mean() - right[at].mean()) for at in parts if len(at)]
    return float(sum(gaps) / len(confidences))


def _replay(crowd: RecordedCrowd, known: IntArray, rule: Any, seed: int) -> Outcome:
    replay = replays.play(crowd, known, rule, seed)
    if isinstance(rule, DynamicOverlap):
        return replays.outcome(replay, rule)
    labels = replays.picked(crowd, known, np.array(replay.bought), seed)
    return replays.outcome(replay, rule, labels)


def _row(name: str, rule: str, found: Sequence[tuple[Outcome, float]]) -> Row:
    return Row(
        name,
        rule,
        100 * float(np.mean([one.saved for one, _ in found])),
        100 * float(np.mean([one.gold for one, _ in found])),
        100 * float(np.mean([one.accuracy - full for one, full in found])),
    )


@dataclass(frozen=True)
class Removal:
    """What the removal test does to simulated workers over a number of golds."""

    golds: int
    rate: float
    false_removals: float
    guesser_median_golds: float


def removal(
    minimum: float = 0.7, rate: float = 0.01, golds: int = 200, classes: int = 4
) -> Removal:
    """Simulate workers exactly at the minimum, and those who guess."""
    chance = np.random.default_rng(0)
    counts = np.arange(golds + 1)
    table = sequential.log_e_values(counts[:, None], counts, minimum) >= -np.log(rate)

    def removed_at(accuracy: float) -> IntArray:
        right = (chance.random((20_000, golds)) < accuracy).cumsum(axis=1)
        out = table[right, counts[1:] - right]
        return np.where(out.any(axis=1), out.argmax(axis=1) + 1, golds + 1)

    false = float((removed_at(minimum) <= golds).mean())
    return Removal(golds, rate, false, float(np.median(removed_at(1 / classes))))
