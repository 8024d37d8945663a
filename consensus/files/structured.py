"""Conclude from a file of spans, boxes, texts, numbers or comparisons, and score it on truth."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from consensus import answers, scoring
from consensus.errors import FileRefused
from consensus.files import boxes, numbers, pairs, rows, spans, texts
from consensus.files.rows import Table
from consensus.merging import comparisons

DECIMALS = 6
LEVELS_MAX = 20
LINES_LOOKED_AT_MAX = 100_000
COLUMNS = {"task", "worker", "label"}


class Asked(Protocol):
    """Which files to conclude from; a truth only scores, a gold is known from the start."""

    @property
    def answers(self) -> Path:
        """Name the file of answers."""

    @property
    def truth(self) -> Path | None:
        """Name the file of what is true."""

    @property
    def gold(self) -> Path | None:
        """Name the file of what is known, in the form of a truth."""


@dataclass(frozen=True)
class Form:
    """A form of file: how to know it, read it, and score the labels of its kind."""

    name: str
    model: str
    recognise: Callable[[Path], bool]
    read: Callable[[Path], Table]
    read_truth: Callable[[Path], dict[str, Any]]
    measure: str
    score: Callable[[Mapping[str, answers.Label], Mapping[str, Any]], float]

    def conclude(self, asked: Asked) -> dict[str, Any]:
        """Label the tasks of the file; return values JSON can hold.

        Raise ConsensusError for a file that cannot be read.
        """
        table = self.read(asked.answers)
        known = self.read_truth(asked.gold) if asked.gold else {}
        fitted = answers.kind(self.name).fit(answers.gather(table.rows), known)
        found: dict[str, Any] = {"model": self.model, "answers": len(table.rows)}
        if asked.truth:
            every = self.read_truth(asked.truth)
            # Gold was told, so it is no proof of anything.
            truth = {task: right for task, right in every.items() if task not in known}
            found[self.measure] = round(self.score(fitted.labels, truth), DECIMALS)
            found["scored"] = len(truth)
        if table.remarks:
            found["remarks"] = list(table.remarks)
        labels = sorted(fitted.labels.items())
        return {
            **found,
            "labels": {task: label.value for task, label in labels},
            "confidence": {task: round(label.confidence, DECIMALS) for task, label in labels},
            "workers": {
                name: {"weight": round(weight, DECIMALS)}
                for name, weight in sorted(fitted.weights.items())
            },
        }


def conclude_pairs(asked: Asked) -> dict[str, Any]:
    """Rank the items of a file of comparisons; return values JSON can hold."""
    read = pairs.read(asked.answers)
    ranked = comparisons.rank(read.comparisons)
    found: dict[str, Any] = {"model": "bradley_terry", "answers": len(read.comparisons.winner)}
    if asked.truth:
        truth = pairs.read_truth(asked.truth)
        scored = [number for number, name in enumerate(read.items) if name in truth]
        right = [truth[read.items[number]] for number in scored]
        correlation = scoring.rank_correlation(ranked.score[scored].tolist(), right)
        found |= {"rank_correlation": round(correlation, DECIMALS), "scored": len(scored)}
    order = ranked.order()
    return {
        **found,
        "labels": {read.items[at]: round(float(ranked.score[at]), DECIMALS) for at in order},
        "deviation": {read.items[at]: round(float(ranked.deviation[at]), DECIMALS) for at in order},
        "workers": {
            name: {"discernment": round(float(slope), DECIMALS)}
            for name, slope in zip(read.workers, ranked.discernment, strict=True)
        },
    }


def is_pairs(path: Path) -> bool:
    """Tell a file of comparisons by its columns."""
    return set(pairs.COLUMNS) <= set(_head(path))


def is_numbers(path: Path) -> bool:
    """Tell numbers from classes that are numbered: some have fractions, or there are many."""
    if not set(_head(path)) >= COLUMNS:
        return False
    table = itertools.islice(rows.csv_rows(path, ("label",)), LINES_LOOKED_AT_MAX)
    try:
        found = {row.number("label") for row in table}
    except FileRefused:
        return False
    return any(value % 1 for value in found) or len(found) > LEVELS_MAX


def _head(path: Path) -> tuple[str, ...]:
    try:
        return rows.head(path)
    except FileRefused:
        return ()


def _has(field: str) -> Callable[[Path], bool]:
    def recognise(path: Path) -> bool:
        try:
            return any(field in row.fields for row in itertools.islice(rows.json_lines(path), 1))
        except FileRefused:
            return False

    return recognise


FORMS = (
    Form("spans", "pieces", _has("spans"), spans.read, spans.read_truth, "f1", scoring.span_f1),
    Form("boxes", "groups", _has("boxes"), boxes.read, boxes.read_truth, "f1", scoring.box_f1),
    Form(
        "text",
        "rover",
        _has("text"),
        texts.read,
        texts.read_truth,
        "word_error_rate",
        scoring.word_error_rate,
    ),
    Form(
        "number",
        "foretelling",
        is_numbers,
        numbers.read,
        numbers.read_truth,
        "mean_error",
        scoring.mean_error,
    ),
)
