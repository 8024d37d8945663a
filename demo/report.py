"""The report: what came out, against the truth and against plain majority vote, and the money."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Given:
    """One paid answer to a task that is not gold."""

    task: str
    worker: str
    label: str


@dataclass
class Report:
    """Hold the figures of one run; money as decimal strings of one currency.

    `answers` counts every paid answer, gold too; `labels`, `accuracy` and `accuracy_majority`
    leave gold tasks out. `answers_fixed` is what five answers for each label would have been.
    `left` is what a refund in whole cents leaves on the requester's balance.
    """

    tasks: int = 0
    labels: int = 0
    accuracy: float = 0.0
    accuracy_majority: float = 0.0
    answers: int = 0
    answers_fixed: int = 0
    workers: int = 0
    workers_removed: int = 0
    disputes_overturned: int = 0
    deposited: str = "0"
    earned: str = "0"
    fees: str = "0"
    refunded: str = "0"
    left: str = "0"
    paid_out: str = "0"
    books_balanced: bool = False
    invariants_broken: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def score(
        self, labels: Mapping[str, str], answers: Iterable[Given], truth: Mapping[str, str]
    ) -> None:
        """Fill in the accuracies: of the labels, and of majority vote on the same answers."""
        known = {task: label for task, label in labels.items() if task in truth}
        self.labels = len(labels)
        self.accuracy = _mean(known[task] == truth[task] for task in known)
        self.accuracy_majority = majority_accuracy(answers, truth, known)

    def write(self, path: Path) -> None:
        """Write the figures as JSON."""
        path.write_text(self.as_json() + "\n")

    def as_json(self) -> str:
        """Return the figures as JSON."""
        return json.dumps(asdict(self), indent=2)


def majority_accuracy(
    answers: Iterable[Given], truth: Mapping[str, str], tasks: Iterable[str]
) -> float:
    """Return the accuracy of plain majority vote; of k tied classes, the true one counts 1/k."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for given in answers:
        votes[given.task][given.label] += 1
    shares = []
    for task in tasks:
        most = max(votes[task].values(), default=0)
        first = [label for label, count in votes[task].items() if count == most]
        shares.append((truth[task] in first) / len(first) if first else 0.0)
    return _mean(shares)


def table(rows: Sequence[tuple[str, str]]) -> str:
    """Lay out two columns, the second flush right."""
    left = max(len(name) for name, _ in rows)
    right = max(len(value) for _, value in rows)
    return "\n".join(f"  {name:<{left}}  {value:>{right}}" for name, value in rows)


def _mean(values: Iterable[float]) -> float:
    counted = [float(value) for value in values]
    return sum(counted) / len(counted) if counted else 0.0
