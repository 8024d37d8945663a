"""Does a forecast's interval hold what comes: plan from a pilot, replay the rest, compare."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np

from bench.quality import classification, cores, crowds, replays
from bench.quality.crowds import RecordedCrowd
from bench.quality.replays import Replay
from bench.quality.stopping_rules import Adaptive
from bench.quality.tables import Bar, Cell, Found, Table
from consensus.inference import UNKNOWN
from consensus.stopping import planning
from consensus.stopping.planning import Forecast

LOG = logging.getLogger(__name__)
WHAT = ("answers", "accuracy")
HELD_LEAST = 0.7
PILOT_SHARE = 0.25
TARGETS = (0.85, 0.9, 0.95)
REST_SEED = 100
Held = tuple[bool, bool]


def measure(seeds: int) -> Found:
    """Forecast the rest of each crowd from a pilot of a quarter of its tasks, then replay it."""
    everything = crowds.found(classification.folder())
    found = cores.spread(_held, [(crowd, seed) for crowd in everything for seed in range(seeds)])
    held = {
        crowd.name: [both for part in found[at * seeds : (at + 1) * seeds] for both in part]
        for at, crowd in enumerate(everything)
    }
    rows: list[dict[str, Cell]] = [_row(name, own) for name, own in held.items()]
    everyone = [one for own in held.values() for one in own]
    about = (
        f"Share of forecasts whose {planning.LEVEL:.0%} interval held what came: from a pilot of "
        f"{PILOT_SHARE:.0%} of the tasks, for {len(TARGETS)} targets ({min(TARGETS):.0%} to "
        f"{max(TARGETS):.0%}), seeds: {seeds}; the other tasks were then stopped at the target."
    )
    table = Table("Planning: do intervals hold", about, [*rows, _row("all", everyone)])
    bars = [
        Bar(f"share of intervals that hold the {what}", float(share), least=HELD_LEAST)
        for what, share in zip(WHAT, np.mean(everyone, axis=0), strict=True)
    ]
    return Found([table], bars)


def _row(name: str, held: Sequence[Held]) -> dict[str, Cell]:
    shares = np.mean(held, axis=0).tolist()
    return {"set": name, "forecasts": len(held), **dict(zip(WHAT, shares, strict=True))}


def _held(piece: tuple[RecordedCrowd, int]) -> list[Held]:
    crowd, seed = piece
    LOG.info("planning: %s %d", crowd.name, seed)
    chance = np.random.default_rng([seed, 3])
    known = crowd.draw_gold(replays.GOLD_SHARE, chance)
    is_gold = known != UNKNOWN
    in_pilot = chance.random(crowd.shape.tasks) < PILOT_SHARE
    everything = Adaptive(confidence_min=1.0, gain_min=0.0)
    pilot = replays.play(crowd.part(in_pilot | is_gold), known, everything, seed)
    rest = crowd.part(~in_pilot | is_gold)
    return [_both(pilot, rest, confidence, seed) for confidence in TARGETS]


def _both(pilot: Replay, rest: RecordedCrowd, confidence: float, seed: int) -> Held:
    known = pilot.known
    replay = replays.play(rest, known, Adaptive(confidence_min=confidence), seed + REST_SEED)
    labels = replays.picked(rest, known, replay.bought, seed)
    is_plain = (replay.supply > 0) & (known == UNKNOWN)
    plan = _planned(pilot, confidence, int(is_plain.sum()), seed)
    scored = np.where(is_plain, UNKNOWN, 0)
    reached = rest.accuracy(labels, scored)
    return (
        plan.answers.low <= replay.answers.sum() <= plan.answers.high,
        plan.accuracy.low <= reached <= plan.accuracy.high,
    )


def _planned(pilot: Replay, confidence: float, tasks: int, seed: int) -> Forecast:
    rule = Adaptive(confidence_min=confidence)
    rule.learn(pilot)
    assert rule.measured is not None, "learning measures skills"
    votes = pilot.plain_votes()
    known = planning.Pilot(votes, votes.answers_by_task, rule.measured, rule.insight)
    plan = planning.Plan(tasks, answer_micros=1, seed=seed)
    return planning.forecast(known, plan, [rule.settings(pilot)])[0]
