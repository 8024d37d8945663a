"""Does a forecast's interval hold what comes: plan from a pilot, replay the rest, compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.quality import replays
from bench.quality.crowds import RecordedCrowd
from bench.quality.replays import Replay
from bench.quality.stopping_rules import Adaptive
from consensus.inference import UNKNOWN
from consensus.stopping import planning
from consensus.stopping.planning import Forecast

PILOT_SHARE = 0.25
TARGETS = (0.85, 0.9, 0.95)
REST_SEED = 100


@dataclass(frozen=True)
class Coverage:
    """In which share of replays the forecasts' 80 % intervals held answers, and accuracy."""

    replays: int
    answers: float
    accuracy: float


def measure(crowds: Sequence[RecordedCrowd], seeds: Sequence[int]) -> Coverage:
    """Forecast the rest of each crowd from a pilot of a quarter of its tasks, then replay it."""
    held = [both for crowd in crowds for seed in seeds for both in _held(crowd, seed)]
    answers, accuracy = np.mean(held, axis=0)
    return Coverage(len(held), float(answers), float(accuracy))


def _held(crowd: RecordedCrowd, seed: int) -> list[tuple[bool, bool]]:
    chance = np.random.default_rng([seed, 3])
    known = crowd.draw_gold(replays.GOLD_SHARE, chance)
    is_gold = known != UNKNOWN
    in_pilot = chance.random(crowd.shape.tasks) < PILOT_SHARE
    everything = Adaptive(confidence_min=1.0, gain_min=0.0)
    pilot = replays.play(crowd.part(in_pilot | is_gold), known, everything, seed)
    rest = crowd.part(~in_pilot | is_gold)
    return [_both(pilot, rest, confidence, seed) for confidence in TARGETS]


def _both(pilot: Replay, rest: RecordedCrowd, confidence: float, seed: int) -> tuple[bool, bool]:
    known = pilot.known
    replay = replays.play(rest, known, Adaptive(confidence_min=confidence), seed + REST_SEED)
    labels = replays.picked(rest, known, np.array(replay.bought), seed)
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
