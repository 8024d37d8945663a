"""What adaptive stopping saves and costs, how honest it is, what plans and removals are worth."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.quality import crowds, plans, replays
from bench.quality.crowds import RecordedCrowd
from bench.quality.replays import Outcome
from bench.quality.stopping_rules import Adaptive, DynamicOverlap
from bench.quality.tables import Cell, Table
from consensus import reliability, sequential
from consensus.arrays import BoolArray, FloatArray, IntArray
from consensus.inference import UNKNOWN

SEEDS = range(5)
JUDGED_MIN = 300
SURE = 0.95
BINS = 10
QUIZ = "quiz_"
RULES: Mapping[str, Callable[[], Any]] = {
    "adaptive": Adaptive,
    "dynamic overlap": DynamicOverlap,
    "dynamic overlap, shrunk": lambda: DynamicOverlap(is_shrunk=True),
}


def measure() -> list[Table]:
    """Replay every set of the folder in QUORUM_DATASETS, and simulate removal."""
    if "QUORUM_DATASETS" not in os.environ:
        raise SystemExit("QUORUM_DATASETS must name the folder of the data sets.")
    everyone = crowds.found(Path(os.environ["QUORUM_DATASETS"]))
    found = replay(everyone)
    tables = [_savings(found.rows), *([_honesty(found.honesty)] if found.honesty else [])]
    return [*tables, _coverage(plans.measure(everyone, SEEDS)), _removal(removal())]


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
    """Everything replayed: a row a set and rule, and honesty pooled over the larger sets."""

    rows: tuple[Row, ...]
    honesty: Honesty | None


def replay(everyone: Sequence[RecordedCrowd], seeds: Sequence[int] = SEEDS) -> Stopping:
    """Replay every crowd under every rule, once a seed."""
    rows: list[Row] = []
    judged: list[Outcome] = []
    for crowd in everyone:
        outcomes: dict[str, list[tuple[Outcome, float]]] = {name: [] for name in RULES}
        for seed in seeds:
            known = crowd.draw_gold(replays.GOLD_SHARE, np.random.default_rng([seed, 1]))
            full = replays.full_accuracy(crowd, known, seed)
            for name, rule in RULES.items():
                outcomes[name].append((_replay(crowd, known, rule(), seed), full))
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


def _savings(rows: Sequence[Row]) -> Table:
    names = list(dict.fromkeys(row.set for row in rows))
    shown = [_beside(name, [row for row in rows if row.set == name]) for name in names]
    larger = [row for row in rows if not row.set.startswith(QUIZ)]
    shown += [_beside("mean", rows), _beside("mean without quizzes", larger)]
    worst = min((row for row in rows if row.rule == "adaptive"), key=lambda row: row.loss)
    return Table(
        "Stopping: answers saved and accuracy lost",
        f"Per cent of the answers to plain tasks that were not bought, those to gold (drawn from "
        f"{replays.GOLD_SHARE:.0%} of the tasks) counted as cost; points of accuracy against the "
        "better of the picked and the hierarchical model on all answers with the same golds. One "
        f"setting for all sets, {len(SEEDS)} seeds. Worst set: {worst.set}, {worst.loss:+.1f}.",
        shown,
    )


def _beside(name: str, rows: Sequence[Row]) -> dict[str, Cell]:
    shown: dict[str, Cell] = {"set": name}
    for rule in RULES:
        own = [row for row in rows if row.rule == rule]
        shown[f"{rule}: saved"] = float(np.mean([row.saved for row in own]))
        shown[f"{rule}: points"] = float(np.mean([row.loss for row in own]))
    shown["gold"] = float(np.mean([row.gold for row in rows if row.rule == "adaptive"]))
    return shown


def _honesty(found: Honesty) -> Table:
    rows: list[dict[str, Cell]] = [
        {
            "confidence": f"{one.low:.0%} to {one.high:.0%}",
            "tasks": one.count,
            "mean confidence": one.confidence,
            "right": one.accuracy,
            "from": one.accuracy_low,
            "to": one.accuracy_high,
        }
        for one in found.diagram
    ]
    return Table(
        "Stopping: is 90 % right nine times in ten",
        f"Labels where tasks stopped, neither gold nor used to calibrate, pooled over the sets "
        f"with {JUDGED_MIN} truths or more: {found.items} labels. Calibration error over {BINS} "
        f"bins of equal mass {found.error:.3f}; Brier score {found.brier:.4f}, "
        f"{found.brier_uncalibrated:.4f} uncalibrated; shown {SURE:.0%} or more and right: "
        f"{found.sure_right:.3f}.",
        rows,
    )


def _coverage(found: plans.Coverage) -> Table:
    row: dict[str, Cell] = {
        "forecasts": found.replays,
        "answers within": found.answers,
        "accuracy within": found.accuracy,
    }
    about = "Share of forecasts from a pilot of a quarter of the tasks whose 80 % interval held."
    return Table("Planning: do intervals hold", about, [row])


def _removal(found: Removal) -> Table:
    row: dict[str, Cell] = {
        "golds": found.golds,
        "stated rate": found.rate,
        "good workers removed": found.false_removals,
        "median golds of who guesses": found.guesser_median_golds,
    }
    about = "Simulated workers exactly at a minimum of 70 %, and who guess among four classes."
    return Table("Removal: good workers and guessers", about, [row])
