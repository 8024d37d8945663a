"""What adaptive stopping saves, costs and promises, beside the rule of dynamic overlap."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bench.quality import classification, cores, crowds, replays
from bench.quality.crowds import RecordedCrowd
from bench.quality.replays import Outcome
from bench.quality.stopping_rules import Adaptive, DynamicOverlap
from bench.quality.tables import Bar, Cell, Found, Table
from consensus import reliability
from consensus.arrays import BoolArray, FloatArray, IntArray
from consensus.inference import UNKNOWN

LOG = logging.getLogger(__name__)
JUDGED_MIN = 300
SURE = 0.95
BINS = 10
QUIZ = "quiz_"
CONFIDENCES = (0.9, 0.95, 0.99)


class Setting(NamedTuple):
    """How few answers may suffice, and our rule and its rival under that."""

    answers_min: int
    about: str

    @property
    def ours(self) -> str:
        """Name our rule."""
        return f"adaptive, {self.about}"

    def rival(self, confidence: float) -> str:
        """Name the rival at a confidence."""
        return f"dynamic overlap {confidence:g}, {self.about}"


DEFAULT = Setting(2, "two answers or more")
SETTINGS = (DEFAULT, Setting(1, "one answer or more"))
SHRUNK = "dynamic overlap 0.95 with skills shrunk, two answers or more"
RULES: Mapping[str, Adaptive | DynamicOverlap] = {
    **{one.ours: Adaptive(answers_min=one.answers_min) for one in SETTINGS},
    **{
        one.rival(confidence): DynamicOverlap(confidence, one.answers_min)
        for one in SETTINGS
        for confidence in CONFIDENCES
    },
    SHRUNK: DynamicOverlap(is_shrunk=True),
}


def measure(seeds: int) -> Found:
    """Replay every set of choices under every rule, once a seed."""
    found = replay(crowds.found(classification.folder()), range(seeds))
    tables = [_sets(found.rows, seeds), _curve(found.rows)]
    bars = _bars(found.rows)
    if found.honesty is None:
        return Found(tables, bars)
    return Found([*tables, _honesty(found.honesty)], [*bars, *_honest_bars(found.honesty)])


@dataclass(frozen=True)
class Row:
    """What one rule came to on one set: means over seeds, in per cent and points."""

    set: str
    rule: str
    saved: float
    gold: float
    points: float


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


def replay(everyone: Sequence[RecordedCrowd], seeds: Sequence[int]) -> Stopping:
    """Replay every crowd under every rule, once a seed."""
    rows: list[Row] = []
    judged: list[Outcome] = []
    found = cores.spread(_replays, [(crowd, seed) for crowd in everyone for seed in seeds])
    for number, crowd in enumerate(everyone):
        own = found[number * len(seeds) : (number + 1) * len(seeds)]
        rows += [_row(crowd.name, name, [one[name] for one in own]) for name in RULES]
        if (crowd.truth != UNKNOWN).sum() >= JUDGED_MIN:
            judged += [one[DEFAULT.ours].outcome for one in own]
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


def saved_at(curve: Sequence[tuple[float, float]], points: float) -> float:
    """Read off a curve of (saved, points) how much is saved at so many points, between its ends."""
    saved, reached = zip(*sorted(curve, key=lambda one: one[1]), strict=True)
    return float(np.interp(points, reached, saved))


class _Played(NamedTuple):
    """One replay's outcome, and what the full model reaches on all answers."""

    outcome: Outcome
    full: float


def _replays(piece: tuple[RecordedCrowd, int]) -> dict[str, _Played]:
    crowd, seed = piece
    known = crowd.draw_gold(replays.GOLD_SHARE, np.random.default_rng([seed, 1]))
    full = replays.full_accuracy(crowd, known, seed)
    played = {
        name: _Played(_replay(piece, known, dataclasses.replace(rule)), full)
        for name, rule in RULES.items()
    }
    ours = played[DEFAULT.ours].outcome
    lost = 100 * (ours.accuracy - full)
    LOG.info("stopping: %s %d: %.0f %% saved, %+.1f", crowd.name, seed, 100 * ours.saved, lost)
    return played


def _replay(
    piece: tuple[RecordedCrowd, int], known: IntArray, rule: Adaptive | DynamicOverlap
) -> Outcome:
    crowd, seed = piece
    replay = replays.play(crowd, known, rule, seed)
    if isinstance(rule, DynamicOverlap):
        return replays.outcome(replay, rule)
    return replays.outcome(replay, rule, replays.picked(crowd, known, replay.bought, seed))


def _row(name: str, rule: str, found: Sequence[_Played]) -> Row:
    return Row(
        name,
        rule,
        100 * float(np.mean([one.outcome.saved for one in found])),
        100 * float(np.mean([one.outcome.gold for one in found])),
        100 * float(np.mean([one.outcome.accuracy - one.full for one in found])),
    )


def _mean(rows: Sequence[Row], rule: str) -> tuple[float, float]:
    """Average what a rule saved, and its points, over the sets."""
    own = [(row.saved, row.points) for row in rows if row.rule == rule]
    saved, points = np.mean(own, axis=0)
    return float(saved), float(points)


def _bars(rows: Sequence[Row]) -> list[Bar]:
    return [bar for one in SETTINGS for bar in _bars_of(rows, one)]


def _bars_of(rows: Sequence[Row], setting: Setting) -> list[Bar]:
    saved, points = _mean(rows, setting.ours)
    rival = saved_at([_mean(rows, setting.rival(one)) for one in CONFIDENCES], points)
    about = setting.about
    return [
        Bar(f"answers saved, per cent, gold paid for; {about}", saved, least=45, goal=50),
        Bar(f"points of accuracy against all answers; {about}", points, least=-0.5),
        Bar(f"saved beyond dynamic overlap at the same points; {about}", saved - rival, least=0),
    ]


def _sets(rows: Sequence[Row], seeds: int) -> Table:
    ours = [row for row in rows if row.rule == DEFAULT.ours]
    larger = [row for row in rows if not row.set.startswith(QUIZ)]
    known = [row for row in rows if row.set in classification.EBCC_SETS]
    groups = [(row.set, [other for other in rows if other.set == row.set]) for row in ours]
    groups += [("mean", list(rows)), ("mean without quizzes", larger)]
    groups += [(classification.KNOWN_MEAN, known)] if known else []
    worst = min(ours, key=lambda row: row.points)
    return Table(
        "Answers saved and accuracy lost",
        f"Per cent of the answers to plain tasks that were not bought, those to gold (drawn from "
        f"{replays.GOLD_SHARE:.0%} of the tasks) counted as cost; points of accuracy against the "
        "better of the picked and the hierarchical model on all answers with the same golds. One "
        f"setting for all sets, seeds: {seeds}. A single answer may suffice only where the "
        f"requester asks for that. Worst set: {worst.set}, {worst.points:+.1f}.",
        [_beside(name, own) for name, own in groups],
    )


def _beside(name: str, rows: Sequence[Row]) -> dict[str, Cell]:
    shown: dict[str, Cell] = {"set": name}
    for rule in (*(one.ours for one in SETTINGS), DEFAULT.rival(0.95)):
        shown[f"{rule}: saved"], shown[f"{rule}: points"] = _mean(rows, rule)
    return shown | {"gold": float(np.mean([row.gold for row in rows if row.rule == DEFAULT.ours]))}


def _curve(rows: Sequence[Row]) -> Table:
    about = (
        "Means over all sets. Dynamic overlap stops at one confidence and labels by its own "
        "posterior; shrunk, its skills are drawn to the crowd's, which makes it a stronger rule."
    )
    found = [(rule, *_mean(rows, rule)) for rule in RULES]
    shown: list[dict[str, Cell]] = [
        {"rule": rule, "saved": saved, "points": points} for rule, saved, points in found
    ]
    return Table("Beside dynamic overlap at several confidences", about, shown)


def _honest_bars(found: Honesty) -> list[Bar]:
    return [
        Bar("calibration error at stopping", found.error, most=0.05),
        Bar("Brier score beyond uncalibrated", found.brier - found.brier_uncalibrated, most=0),
        Bar(f"right where shown {SURE:g} or more", found.sure_right, least=0.93),
    ]


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
        "Is 90 % right nine times in ten",
        f"Labels where tasks stopped, neither gold nor used to calibrate, pooled over the sets "
        f"with {JUDGED_MIN} truths or more: {found.items} labels. Calibration error over {BINS} "
        f"bins of equal mass {found.error:.3f}; Brier score {found.brier:.4f}, "
        f"{found.brier_uncalibrated:.4f} uncalibrated; shown {SURE:.0%} or more and right: "
        f"{found.sure_right:.3f}.",
        rows,
    )
