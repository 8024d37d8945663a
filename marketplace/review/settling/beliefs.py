"""Turn answers into beliefs about one control: the likeliest class, how sure, and whether to stop.

The class comes from the job's last model. The confidence is what a skill posterior (one accuracy a
worker, told by gold so far and softly by the last fit) gives to that class, made honest by what
random known items have taught: with two or three answers it is the better calibrated of the two.
Where both disagree the label is not sure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np

from consensus import inference, matrix, stopping
from consensus.inference import Model
from consensus.matrix import Votes
from consensus.stopping import Insight, SkillEvidence
from marketplace.review.settling.evidence import Answered
from qualification.trust import GoldCounts

CONFIDENCE_DECIMALS = 6
NO_GOLD = GoldCounts(0, 0)


@dataclass(frozen=True, eq=False)
class Crowd:
    """What is known of the workers who answer one control.

    `evidence` is (workers,): golds so far, and what the last fit believed; `insight` is how honest
    that makes confidences and what further answers buy. `model` is the last fit, None before the
    first; `version` 0 means none.
    """

    control: str
    classes: tuple[str, ...]
    workers: tuple[str, ...]
    evidence: SkillEvidence
    insight: Insight = stopping.NO_INSIGHT
    model: Model | None = None
    version: int = 0

    @property
    def name(self) -> str:
        """Return the name of what labels are taken from."""
        return self.model.name if self.model else stopping.NAME


@dataclass(frozen=True)
class Belief:
    """What a group of answers says: the value, its probability, on how many answers.

    `is_sure` where the target is reached; `is_enough` also where more answers would not pay.
    """

    value: Any
    confidence: float
    answers_count: int
    is_sure: bool
    is_enough: bool


NOTHING = Belief(None, 0.0, 0, False, False)


def gold_crowd(control: str, classes: Sequence[str], counts: Mapping[UUID, GoldCounts]) -> Crowd:
    """Return what gold alone says about workers: the crowd before the first fit."""
    nobody = SkillEvidence(*(np.zeros(0) for _ in range(4)))
    return with_gold(Crowd(control, tuple(classes), (), nobody), counts)


def with_gold(crowd: Crowd, counts: Mapping[UUID, GoldCounts]) -> Crowd:
    """Return a crowd that knows the golds answered so far, by newcomers too."""
    own = {str(worker): count for worker, count in counts.items()}
    names, _ = matrix.index(sorted(own), crowd.workers)
    found = [own.get(name, NO_GOLD) for name in names]
    right = np.array([count.right for count in found], dtype=np.float64)
    wrong = np.array([count.wrong for count in found], dtype=np.float64)
    unseen = np.zeros(len(names) - len(crowd.workers))
    evidence = SkillEvidence(
        right,
        right + wrong,
        np.append(crowd.evidence.fit_right, unseen),
        np.append(crowd.evidence.fit_answers, unseen),
    )
    return replace(crowd, workers=names, evidence=evidence)


def believe(
    crowd: Crowd, groups: Sequence[Sequence[Answered]], settings: stopping.StoppingSettings
) -> list[Belief]:
    """Return one belief for each group of answers; a group is a task, or a task less one answer.

    Answers without a value for this control do not count; a group of none believes nothing.
    """
    if len(crowd.classes) < 2 or not groups:
        return [_only_class(crowd, group, settings) for group in groups]
    votes = _votes(crowd, groups)
    posterior = stopping.skill_posterior(votes, crowd.evidence.measured(len(crowd.classes)))
    labeled = inference.fold(crowd.model, votes) if crowd.model else posterior
    honest = crowd.insight.calibration.apply(posterior)
    best, likeliest = labeled.argmax(axis=1), posterior.argmax(axis=1)
    counts = votes.answers_by_task
    confident = honest.max(axis=1) >= settings.confidence
    sure = confident & (best == likeliest) & (counts >= settings.answers_min)
    has_disproof = confident & (best != likeliest)
    enough = stopping.stopped(posterior, counts, settings, crowd.insight) & ~has_disproof
    chosen = honest[np.arange(len(groups)), best].round(CONFIDENCE_DECIMALS)
    return [
        Belief(crowd.classes[klass], confidence, count, is_sure, is_sure or is_enough)
        if count
        else NOTHING
        for klass, confidence, count, is_sure, is_enough in zip(
            *(column.tolist() for column in (best, chosen, counts, sure, enough)), strict=True
        )
    ]


def _votes(crowd: Crowd, groups: Sequence[Sequence[Answered]]) -> Votes:
    number_of = {name: number for number, name in enumerate(crowd.classes)}
    cast = [
        (place, str(answer.worker_id), number_of[answer.values[crowd.control]])
        for place, group in enumerate(groups)
        for answer in group
        if answer.values.get(crowd.control) in number_of
    ]
    workers, numbers = matrix.index((worker for _, worker, _ in cast), crowd.workers)
    shape = matrix.Shape(len(groups), len(workers), len(crowd.classes))
    tasks, given = [place for place, _, _ in cast], [klass for _, _, klass in cast]
    return matrix.build(tasks, numbers, given, shape)


def _only_class(
    crowd: Crowd, group: Sequence[Answered], settings: stopping.StoppingSettings
) -> Belief:
    count = sum(crowd.control in answer.values for answer in group)
    if not count:
        return NOTHING
    is_sure = count >= settings.answers_min
    return Belief(crowd.classes[0], 1.0, count, is_sure, is_sure)
