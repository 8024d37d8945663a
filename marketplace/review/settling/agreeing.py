"""Say which undecided answers the job's approval policy approves now.

By agreement, an answer is approved at once where it agrees with what the other answers alone say
(of a choice: surely; of other kinds: by the pass mark of the kind, and with most of them one by
one): its own word never counts for itself. Any other answer waits for a person or for its delay;
disagreeing is no reason to reject.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from kernel.db import UnitOfWork
from marketplace.jobs.models import Job
from marketplace.review.settling import modelling, panels
from marketplace.review.settling.beliefs import Crowd
from marketplace.review.settling.evidence import Answered, Evidence
from marketplace.review.settling.panels import Panel

ON_SUBMIT, AGREEMENT, BY_HAND = "on_submit", "agreement", "by_hand"
OTHERS_MIN = 2


def to_approve(
    uow: UnitOfWork, job: Job, known: Mapping[UUID, Evidence], crowds: Mapping[str, Crowd | Panel]
) -> list[Answered]:
    """Return the undecided answers to approve by policy, in the order of their ids."""
    undecided = [answer for one in known.values() for answer in one.undecided]
    if job.approval == ON_SUBMIT:
        return sorted(undecided, key=lambda answer: answer.id)
    if job.approval != AGREEMENT:
        return []
    return _agreeing(uow, job, known, crowds)


def _agreeing(
    uow: UnitOfWork, job: Job, known: Mapping[UUID, Evidence], crowds: Mapping[str, Crowd | Panel]
) -> list[Answered]:
    candidates = [
        (answer, others)
        for one in known.values()
        for answer in one.undecided
        if len(others := [other for other in one.usable if other.id != answer.id]) >= OTHERS_MIN
    ]
    groups = [others for _, others in candidates]
    settings = replace(modelling.stopping_of(job), answers_min=OTHERS_MIN, answers_max=OTHERS_MIN)
    counting = modelling.counting_of(uow, job)
    # Where no question counts, nothing was shown to agree.
    agreed = [bool(counting)] * len(candidates)
    for control in counting:
        for place, belief in enumerate(panels.believe(crowds[control], groups, settings)):
            answer, others = candidates[place]
            given, crowd = answer.values.get(control), crowds[control]
            agreed[place] &= panels.is_same(crowd, belief, given)
            agreed[place] &= panels.is_said_by_most(crowd, given, others)
    chosen = [
        answer for (answer, _), is_agreed in zip(candidates, agreed, strict=True) if is_agreed
    ]
    return sorted(chosen, key=lambda answer: answer.id)
