"""Recorded answers of a real crowd, read from a folder of two small tables."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Recording:
    """What a crowd once answered: by worker, the class given to each task; and the truth."""

    answers: Mapping[str, Mapping[str, str]]
    truth: Mapping[str, str]

    @property
    def classes(self) -> list[str]:
        """Return every class that was ever given or true, in order."""
        given = {label for own in self.answers.values() for label in own.values()}
        return sorted(given | set(self.truth.values()))

    @property
    def tasks(self) -> list[str]:
        """Return every task that was answered, in order."""
        return sorted({task for own in self.answers.values() for task in own})

    @property
    def answers_most(self) -> int:
        """Return the most answers any task has."""
        counts: dict[str, int] = {}
        for own in self.answers.values():
            for task in own:
                counts[task] = counts.get(task, 0) + 1
        return max(counts.values())


def read(folder: Path) -> Recording:
    """Read answers.csv (task,worker,label), truth.csv (task,label); the last of repeats counts."""
    answers: dict[str, dict[str, str]] = {}
    for row in _rows(folder / "answers.csv", ("task", "worker", "label")):
        answers.setdefault(row["worker"], {})[row["task"]] = row["label"]
    truth = {row["task"]: row["label"] for row in _rows(folder / "truth.csv", ("task", "label"))}
    return Recording(answers, truth)


def _rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        table = csv.DictReader(file)
        if tuple(table.fieldnames or ()) != tuple(columns):
            raise ValueError(f"{path.name} has the columns {','.join(columns)}.")
        yield from table
