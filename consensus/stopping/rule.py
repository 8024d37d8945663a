"""Decide whether a task has enough answers or needs one more.

Stop with a skill posterior rather than a matrix posterior: at two or three answers the one
number a worker is the better calibrated (confusion matrices are over-confident there), while
labels are still taken from the job's picked model. A task stops when its honest confidence
reaches the target, or when further answers are not expected to buy their worth.
"""

from dataclasses import dataclass

import numpy as np

from consensus import errors, skills
from consensus.arrays import BoolArray, FloatArray, IntArray
from consensus.inference import labeling
from consensus.inference.model import Model, Symmetric
from consensus.matrix import Votes
from consensus.skills import Skills
from consensus.stopping import calibration
from consensus.stopping.calibration import Calibration
from consensus.stopping.foresight import Foresight

NAME = "skill"
VERSION = 1
SKILL_MAX = 0.98
GOLD_WEIGHT, FIT_WEIGHT = 2.0, 0.5
GAIN_MIN = 0.05


@dataclass(frozen=True)
class StoppingSettings:
    """When to stop: bounds on answers by distinct workers, and what counts in between.

    With equal bounds redundancy is fixed. `confidence` is the target. `gain_min` is the chance of
    a right label that spending all of `answers_max` must promise to buy, at its present rate, for
    one more answer to be asked for; 0 asks whatever the odds. One answer suffices only where
    the requester set `answers_min` to 1.
    """

    answers_min: int
    answers_max: int
    confidence: float
    gain_min: float = GAIN_MIN

    def __post_init__(self) -> None:
        """Raise ConsensusError unless the settings can be obeyed."""
        if not 1 <= self.answers_min <= self.answers_max:
            raise errors.ConsensusError(
                "answers_bounds", "Ask for one answer or more, and no fewer at most than at least."
            )
        if not 0 < self.confidence <= 1 or not 0 <= self.gain_min < 1:
            raise errors.ConsensusError(
                "confidence_bounds", "The confidence must be above 0 and no more than 1."
            )


@dataclass(frozen=True, eq=False)
class Insight:
    """What a job has learnt about its own posteriors: how honest they are, what answers buy.

    Without foresight nothing is known yet, and only the target stops a task early.
    """

    calibration: Calibration = calibration.AS_IS
    foresight: Foresight | None = None


NO_INSIGHT = Insight()


def stopped(
    posterior: FloatArray,
    answers: IntArray,
    settings: StoppingSettings,
    insight: Insight = NO_INSIGHT,
    left: IntArray | None = None,
) -> BoolArray:
    """Decide about many tasks from their raw posteriors and counts of distinct workers: (tasks,).

    `left` (tasks,) is how many answers may still come, up to the maximum unless given.
    """
    coming = settings.answers_max - answers if left is None else left
    honest = insight.calibration.apply(posterior)
    enough = honest.max(axis=1) >= settings.confidence
    if insight.foresight is not None and settings.gain_min:
        worth = insight.foresight.worth(insight.calibration.temper(posterior), coming)
        promised = (1 - insight.calibration.floor) * worth * settings.answers_max
        enough |= promised < settings.gain_min * insight.calibration.trust
    return np.asarray((answers >= settings.answers_min) & enough | (coming <= 0))


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
    kept = bounded(np.append(skills.accuracy, skills.crowd), classes)
    believed = Model(NAME, VERSION, prior, Symmetric(kept[:-1], float(kept[-1])))
    return labeling.bayes(believed, votes)


def bounded(accuracy: FloatArray, classes: int) -> FloatArray:
    """Keep accuracies between guessing and SKILL_MAX."""
    return np.clip(accuracy, 1 / classes, SKILL_MAX)


@dataclass(frozen=True, eq=False)
class SkillEvidence:
    """What speaks for each worker: golds so far, and what the last fit believed; all (workers,).

    `fit_answers` counts the gold answers too. Zeros where there was no fit.
    """

    gold_right: FloatArray
    gold_answers: FloatArray
    fit_right: FloatArray
    fit_answers: FloatArray

    def measured(self, classes: int) -> Skills:
        """Weigh both: a gold counts GOLD_WEIGHT answers, one of the fit FIT_WEIGHT.

        What a fit believes rests on the same answers it judges, so it speaks softly.
        """
        right = GOLD_WEIGHT * self.gold_right + FIT_WEIGHT * self.fit_right
        answers = GOLD_WEIGHT * self.gold_answers + FIT_WEIGHT * self.fit_answers
        return skills.measure(right, answers, classes)
