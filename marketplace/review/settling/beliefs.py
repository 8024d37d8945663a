"""Turn answers into beliefs about one control: the likeliest class, how sure, and whether to stop.

The class comes from the job's last model. The confidence is the probability that a skill posterior
(one accuracy a worker, shrunk to the crowd's, told by gold and by the last fit) gives to that
class: with two or three answers it is the better calibrated of the two. Where both disagree the
confidence is low, so that one more answer is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from consensus import inference, matrix, skills, stopping
from consensus.arrays import FloatArray
from consensus.inference import Model
from consensus.matrix import Votes
from marketplace.review.settling.evidence import Answered
from qualification.trust import GoldCounts

CONFIDENCE_DECIMALS = 6


@dataclass(frozen=True, eq=False)
class Crowd:
    """What is known of the workers who answer one control.

    `right` of `answers` (workers,) is the evidence on each of `workers`, an expected count after a
    fit; `model` is the last fit, None before the first; `version` 0 means none.
    """

    control: str
    classes: tuple[str, ...]
    workers: tuple[str, ...]
    right: FloatArray
    answers: FloatArray
    model: Model | None = None
    version: int = 0

    @property
    def name(self) -> str:
        """Return the name of what labels are taken from."""
        return self.model.name if self.model else stopping.NAME


@dataclass(frozen=True)
class Belief:
    """What a group of answers says: the value, its probability, on how many answers, enough?"""

    value: str | None
    confidence: float
    answers_count: int
    is_sure: bool


NOTHING = Belief(None, 0.0, 0, False)


def gold_crowd(control: str, classes: Sequence[str], counts: Mapping[UUID, GoldCounts]) -> Crowd:
    """Return what gold alone says about workers: the crowd before the first fit."""
    known = sorted(counts)
    return Crowd(
        control,
        tuple(classes),
        tuple(str(worker) for worker in known),
        np.array([counts[worker].right for worker in known], dtype=np.float64),
        np.array([counts[worker].right + counts[worker].wrong for worker in known], np.float64),
    )


def believe(
    crowd: Crowd, groups: Sequence[Sequence[Answered]], settings: stopping.StoppingSettings
) -> list[Belief]:
    """Return one belief for each group of answers; a group is a task, or a task less one answer.

    Answers without a value for this control do not count; a group of none believes nothing.
    """
    if len(crowd.classes) < 2 or not groups:
        return [_only_class(crowd, group, settings) for group in groups]
    votes, workers = _votes(crowd, groups)
    posterior = stopping.skill_posterior(
        votes, _skills(crowd, len(workers)), crowd.model.class_prior if crowd.model else None
    )
    labeled = inference.fold(crowd.model, votes) if crowd.model else posterior
    best, likeliest = labeled.argmax(axis=1), posterior.argmax(axis=1)
    counts = votes.answers_by_task
    enough = stopping.stopped(posterior, counts, settings)
    confident = posterior.max(axis=1) >= settings.confidence
    sure = enough & confident & (best == likeliest) & (counts >= settings.answers_min)
    chosen = posterior[np.arange(len(groups)), best].round(CONFIDENCE_DECIMALS)
    return [
        Belief(crowd.classes[klass], confidence, count, is_sure) if count else NOTHING
        for klass, confidence, count, is_sure in zip(
            best.tolist(), chosen.tolist(), counts.tolist(), sure.tolist(), strict=True
        )
    ]


def _votes(crowd: Crowd, groups: Sequence[Sequence[Answered]]) -> tuple[Votes, tuple[str, ...]]:
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
    return matrix.build(tasks, numbers, given, shape), workers


def _skills(crowd: Crowd, workers_count: int) -> skills.Skills:
    """Measure every worker; those nobody has seen get the crowd's accuracy."""
    unseen = np.zeros(workers_count - len(crowd.workers))
    right, answers = np.append(crowd.right, unseen), np.append(crowd.answers, unseen)
    return skills.measure(right, answers, len(crowd.classes))


def _only_class(
    crowd: Crowd, group: Sequence[Answered], settings: stopping.StoppingSettings
) -> Belief:
    count = sum(crowd.control in answer.values for answer in group)
    if not count:
        return NOTHING
    return Belief(crowd.classes[0], 1.0, count, count >= settings.answers_min)
