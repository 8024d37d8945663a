"""Compare labels with the truth: one figure for each kind of answer."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy

from consensus import agreement
from consensus.answers.marks import boxes, spans
from consensus.answers.marks.marking import F1_FROM, Marks
from consensus.gathering import Label
from consensus.merging import alignment, wording

Labels = Mapping[str, Label]


def box_f1(labels: Labels, truth: Mapping[str, Any]) -> float:
    """Give the F1 of boxes of one class that overlap by half or more, over all true tasks."""
    return _f1(boxes.KIND, labels, truth, F1_FROM)


def span_f1(labels: Labels, truth: Mapping[str, Any]) -> float:
    """Give the F1 of spans with the same ends and class, over all true tasks."""
    return _f1(spans.KIND, labels, truth, spans.EXACT)


def word_error_rate(labels: Labels, truth: Mapping[str, str]) -> float:
    """Give the edits per true word over all true tasks; a task without label has no words."""
    pairs = [
        (wording.words(right), wording.words(labels[task].value) if task in labels else ())
        for task, right in truth.items()
    ]
    return sum(alignment.distances(pairs)) / max(sum(len(right) for right, _ in pairs), 1)


def mean_error(labels: Labels, truth: Mapping[str, float]) -> float:
    """Give the mean distance from the truth over the true tasks that have a label."""
    apart = [abs(labels[task].value - right) for task, right in truth.items() if task in labels]
    return float(np.mean(apart)) if apart else float("nan")


def rank_correlation(scores: Sequence[float], truth: Sequence[float]) -> float:
    """Give Spearman's rank correlation of two lists of scores."""
    return float(scipy.stats.spearmanr(scores, truth).statistic)


def _f1(kind: Marks, labels: Labels, truth: Mapping[str, Any], least: float) -> float:
    counts = np.zeros(3)
    for task, right in truth.items():
        found = labels[task].value if task in labels else []
        counts += agreement.matched_f1(kind.alike(right, found), least)
    hits, missed, extra = counts
    return float(2 * hits / max(2 * hits + missed + extra, 1))
