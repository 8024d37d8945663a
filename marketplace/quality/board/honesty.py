"""Ask whether 90 % means 90 %: confidence, as it is and uncalibrated, beside what is known.

Only items drawn before anybody looked can answer: gold imported as drawn at random, and audited
tasks that a person judged. Hand-picked gold is told apart, since whoever picks it picks what is
clear, or what is hard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from consensus import reliability
from consensus.arrays import BoolArray, FloatArray, IntArray
from consensus.inference import UNKNOWN
from consensus.reliability import Bin
from consensus.stopping import SkillEvidence, calibration, trials
from kernel.db import UnitOfWork
from marketplace.jobs.models import Job
from marketplace.quality.board import measuring
from marketplace.quality.board.measuring import Share
from marketplace.review.settling import materials, modelling
from marketplace.review.settling.beliefs import Crowd
from marketplace.review.settling.materials import Table

BINS = 10


@dataclass(frozen=True)
class Honesty:
    """How confidence fared on known items, each stopped as any other task would have been.

    `bins` are of confidence as labels carry it, `uncalibrated` of the posterior before; `error`
    and `error_uncalibrated` their mean gaps, None without items. `picked` is how many hand-picked
    golds the same answers got right, at a mean confidence of `picked_confidence`.
    """

    bins: Sequence[Bin] = ()
    uncalibrated: Sequence[Bin] = ()
    golds: int = 0
    audits: int = 0
    error: float | None = None
    error_uncalibrated: float | None = None
    picked: Share = measuring.share(0, 0)
    picked_confidence: float | None = None
    sentence: str = calibration.PLATFORM.sentence

    @property
    def items(self) -> int:
        """Count the items drawn before looking."""
        return self.golds + self.audits

    @property
    def is_enough(self) -> bool:
        """Tell whether there are enough of them to say anything."""
        return self.items >= calibration.ITEMS_MIN


NOTHING_KNOWN = Honesty()


def honesty(uow: UnitOfWork, job: Job, control: str) -> Honesty:
    """Compare confidence with what is known of one control of a job, from two statements."""
    crowd = modelling.crowds(uow, job).get(control)
    if not isinstance(crowd, Crowd):
        return NOTHING_KNOWN
    material = materials.read_known(uow, job.id)
    named = control in material.classes
    table = materials.table(material, control, crowd.workers) if named else None
    if table is None:
        return replace(NOTHING_KNOWN, sentence=crowd.insight.calibration.sentence)
    evidence = _padded(crowd.evidence, len(table.workers))
    drawn = _Fared.of(job, crowd, table, evidence, table.items.correct)
    by_hand = np.where(table.items.correct == UNKNOWN, table.known, UNKNOWN)
    picked = _Fared.of(job, crowd, table, evidence, by_hand)
    golds = int(table.items.is_gold[drawn.task].sum())
    return Honesty(
        reliability.diagram(drawn.confidence, drawn.is_right, BINS),
        reliability.diagram(drawn.uncalibrated, drawn.is_right, BINS),
        golds,
        len(drawn.task) - golds,
        reliability.expected_calibration_error(drawn.confidence, drawn.is_right, BINS),
        reliability.expected_calibration_error(drawn.uncalibrated, drawn.is_right, BINS),
        measuring.share(int(picked.is_right.sum()), len(picked.is_right)),
        float(picked.confidence.mean()) if len(picked.confidence) else None,
        crowd.insight.calibration.sentence,
    )


@dataclass(frozen=True, eq=False)
class _Fared:
    """How sure some known items were where they would have stopped, and which were right."""

    confidence: FloatArray
    uncalibrated: FloatArray
    is_right: BoolArray
    task: IntArray

    @classmethod
    def of(
        cls, job: Job, crowd: Crowd, table: Table, evidence: SkillEvidence, correct: IntArray
    ) -> _Fared:
        votes = table.items.votes.first(job.answers_max)
        items = replace(table.items, votes=votes, correct=correct)
        settings = modelling.stopping_of(job)
        posterior, truth, task = trials.stopped(items, evidence, settings, crowd.insight)
        honest = crowd.insight.calibration.apply(posterior)
        is_right = posterior.argmax(axis=1) == truth
        return cls(honest.max(axis=1), posterior.max(axis=1), is_right, task)


def _padded(evidence: SkillEvidence, workers: int) -> SkillEvidence:
    """Return evidence that knows nothing of the workers who came since."""
    unseen = np.zeros(workers - len(evidence.gold_right))
    return SkillEvidence(
        np.append(evidence.gold_right, unseen),
        np.append(evidence.gold_answers, unseen),
        np.append(evidence.fit_right, unseen),
        np.append(evidence.fit_answers, unseen),
    )
