"""Decide whether a task has enough answers or needs one more.

Stop with a skill posterior rather than a matrix posterior: at two or three answers the one
number a worker is the better calibrated (confusion matrices are over-confident there), while
labels are still taken from the job's picked model.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from consensus import errors, reliability
from consensus.arrays import BoolArray, FloatArray, IntArray
from consensus.inference import labeling
from consensus.inference.model import Model, Symmetric
from consensus.matrix import Votes
from consensus.skills import Skills

NAME = "skill"
VERSION = 1
SKILL_MAX = 0.98


@dataclass(frozen=True)
class StoppingSettings:
    """When to stop: bounds on answers by distinct workers, and the confidence in between.

    With equal bounds redundancy is fixed. `temperature` corrects posteriors that are known to
    be over-confident (`reliability.fit_temperature`). One answer suffices only where the
    requester set `answers_min` to 1.
    """

    answers_min: int
    answers_max: int
    confidence: float
    temperature: float = 1.0

    def __post_init__(self) -> None:
        """Raise ConsensusError unless the settings can be obeyed."""
        if not 1 <= self.answers_min <= self.answers_max:
            raise errors.ConsensusError(
                "answers_bounds", "Ask for one answer or more, and no fewer at most than at least."
            )
        if not 0 < self.confidence <= 1 or self.temperature <= 0:
            raise errors.ConsensusError(
                "confidence_bounds", "The confidence must be above 0 and no more than 1."
            )


class Reason(StrEnum):
    """Why a task stops."""

    CONFIDENT = "confident"
    ANSWERS_MAX = "answers_max"


@dataclass(frozen=True)
class Stop:
    """The task has enough answers; `best` is its likeliest class."""

    reason: Reason
    best: int
    confidence: float


@dataclass(frozen=True)
class OneMore:
    """The task needs one more answer."""

    best: int
    confidence: float


def decide(probabilities: FloatArray, answers: int, settings: StoppingSettings) -> Stop | OneMore:
    """Decide about one task from its posterior (classes,) and its count of distinct workers."""
    tempered = reliability.temper(probabilities[None], settings.temperature)[0]
    best, confidence = int(tempered.argmax()), float(tempered.max())
    if answers >= settings.answers_max:
        return Stop(Reason.ANSWERS_MAX, best, confidence)
    if answers >= settings.answers_min and confidence >= settings.confidence:
        return Stop(Reason.CONFIDENT, best, confidence)
    return OneMore(best, confidence)


def stopped(probabilities: FloatArray, answers: IntArray, settings: StoppingSettings) -> BoolArray:
    """Decide about many tasks at once, true where `decide` says Stop: (tasks,)."""
    confidence = reliability.temper(probabilities, settings.temperature).max(axis=1)
    confident = (answers >= settings.answers_min) & (confidence >= settings.confidence)
    return np.asarray(confident | (answers >= settings.answers_max))


def skill_posterior(
    votes: Votes, skills: Skills, class_prior: FloatArray | None = None
) -> FloatArray:
    """Give p(class | answers) by naive Bayes with one accuracy a worker: (tasks, classes).

    Wrong answers are taken to fall on all other classes alike. `skills` (`skills.measure`, best
    from gold) are already shrunk to the crowd; here they are kept between guessing, below
    which an answer says nothing, and SKILL_MAX, so that one worker's word never settles much.
    `class_prior` (classes,) is flat unless given.
    """
    classes = votes.shape.classes
    prior = np.full(classes, 1 / classes) if class_prior is None else class_prior
    kept = np.clip([*skills.accuracy, skills.crowd], 1 / classes, SKILL_MAX)
    believed = Model(NAME, VERSION, prior, Symmetric(kept[:-1], float(kept[-1])))
    return labeling.bayes(believed, votes)
