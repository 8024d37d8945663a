"""Turn answers into beliefs about one control of any kind but a choice between classes.

The kind itself labels a task from its answers, each worker's word weighing what the job's last fit
found; its confidence decides whether one more answer is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from consensus import answers
from consensus.questions import Question
from marketplace.review.settling import beliefs
from marketplace.review.settling.beliefs import Belief, Crowd
from marketplace.review.settling.evidence import Answered

FITTED_MAX = 20_000
WEIGHT_DECIMALS = 6


@dataclass(frozen=True, eq=False)
class Panel:
    """What is known of the workers who answer one control: what their words weigh, 1 on average."""

    control: str
    question: Question
    weights: Mapping[str, float] = field(default_factory=dict)
    version: int = 0

    @property
    def name(self) -> str:
        """Return the name of what labels are taken from."""
        return self.question.name


def believe(
    crowd: Crowd | Panel, groups: Sequence[Sequence[Answered]], settings: Any
) -> list[Belief]:
    """Return one belief for each group of answers, whatever the kind of the control."""
    if isinstance(crowd, Crowd):
        return beliefs.believe(crowd, groups, settings)
    return [_belief(crowd, group, settings) for group in groups]


def is_same(crowd: Crowd | Panel, belief: Belief, given: object) -> bool:
    """Tell whether an answer agrees with what the others say: of a choice, with a sure label."""
    if isinstance(crowd, Crowd):
        return belief.is_sure and belief.value == given
    if belief.value is None or not crowd.question.takes(given):
        return False
    return crowd.question.is_same(given, belief.value)


def is_said_by_most(crowd: Crowd | Panel, given: object, others: Sequence[Answered]) -> bool:
    """Tell whether more than half of those who answered say the same; of a choice, always.

    Of a choice the model decides. The label of another kind may be one of two answers that tie, or
    a mixture of both, and agreeing with that is agreeing with nobody.
    """
    if isinstance(crowd, Crowd):
        return True
    said = [other.values.get(crowd.control) for other in others]
    taken = [one for one in said if crowd.question.takes(one)]
    same = sum(crowd.question.is_same(given, one) for one in taken)
    return crowd.question.takes(given) and 2 * same > len(taken)


def fit(control: str, question: Question, rows: Sequence[Any], version: int) -> Panel | None:
    """Weigh the workers of one control by all its answers, gold pinned; None without answers.

    `rows` are (task, worker, given, known or None); of very many the first FITTED_MAX are used.
    """
    used = [row for row in rows if question.takes(row.given.get(control))][:FITTED_MAX]
    if not used:
        return None
    known = {
        str(row.task_id): row.known[control]
        for row in used
        if row.known and question.takes(row.known.get(control))
    }
    given = ((str(row.task_id), str(row.worker_id), row.given[control]) for row in used)
    fitted = question.fit(answers.gather(given), known)
    weights = {name: round(weight, WEIGHT_DECIMALS) for name, weight in fitted.weights.items()}
    return Panel(control, question, weights, version)


def _belief(panel: Panel, group: Sequence[Answered], settings: Any) -> Belief:
    used = [one for one in group if panel.question.takes(one.values.get(panel.control))]
    if not used:
        return beliefs.NOTHING
    # In an order that neither names nor times decide, as the kinds ask for.
    used.sort(key=lambda one: answers.said(one.values[panel.control]))
    weights = np.array([panel.weights.get(str(one.worker_id), 1.0) for one in used])
    found = panel.question.label([one.values[panel.control] for one in used], weights)
    confidence = round(min(max(found.confidence, 0.0), 1.0), beliefs.CONFIDENCE_DECIMALS)
    is_sure = len(used) >= settings.answers_min and confidence >= settings.confidence
    return Belief(found.value, confidence, len(used), is_sure, is_sure)
