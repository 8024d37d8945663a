"""Read answers that choose one class of several: tables of task, worker and label."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from consensus import matrix
from consensus.arrays import IntArray
from consensus.errors import FileRefused
from consensus.files import rows
from consensus.files.rows import Row
from consensus.inference import UNKNOWN
from consensus.matrix import Votes

COLUMNS = ("task", "worker", "label")
KNOWN_COLUMNS = ("task", "label")
CLASSES_MAX = 10_000
CELLS_MAX = 50_000_000
NOTHING_ELSE = "(any other class)"


@dataclass(frozen=True, eq=False)
class Choices:
    """The answers of a file, counted: tasks, workers and classes are sorted by name.

    `known` and `truth` (tasks,) are UNKNOWN where nothing is given; a truth that names no class
    of the answers is one more than any class. `remarks` say what was not counted.
    """

    votes: Votes
    tasks: tuple[str, ...]
    workers: tuple[str, ...]
    classes: tuple[str, ...]
    known: IntArray
    truth: IntArray
    remarks: tuple[str, ...]


def is_choices(path: Path) -> bool:
    """Tell whether a file has the columns of choices."""
    return path.suffix != ".jsonl" and "label" in rows.head(path)


def read(
    answers: Path,
    gold: Path | None = None,
    truth: Path | None = None,
    classes: Sequence[str] | None = None,
) -> Choices:
    """Read answers, with gold to pin and truth to score by.

    Where a worker answered a task more than once the last answer counts, and a remark says so.
    Classes are those given, or else all that answers and gold name. Raise FileRefused for what
    `rows` refuses, no answers, a class that is not among those given, a task with two known
    classes, and more classes than can be a choice.
    """
    table = rows.answers(answers, _labels(answers, COLUMNS, classes))
    known = _known(gold, classes) if gold else {}
    true = _known(truth, None) if truth else {}
    given = [label for _, _, label in table.rows]
    named = _classes({*given, *known.values()}, classes, answers)
    tasks = tuple(sorted({task for task, _, _ in table.rows}))
    workers = tuple(sorted({worker for _, worker, _ in table.rows}))
    _check_size(answers, len(tasks), len(named))
    number = {name: place for place, name in enumerate(named)}
    place = {name: place for place, name in enumerate(tasks)}
    seat = {name: place for place, name in enumerate(workers)}
    votes = matrix.build(
        [place[task] for task, _, _ in table.rows],
        [seat[worker] for _, worker, _ in table.rows],
        [number[label] for label in given],
        matrix.Shape(len(tasks), len(workers), len(named)),
    )
    return Choices(
        votes,
        tasks,
        workers,
        named,
        np.array([number.get(known.get(task, ""), UNKNOWN) for task in tasks]),
        np.array(
            [number.get(true[task], len(named)) if task in true else UNKNOWN for task in tasks]
        ),
        (*table.remarks, *_unanswered(gold, known, place), *_unanswered(truth, true, place)),
    )


def _labels(
    path: Path, columns: Sequence[str], classes: Sequence[str] | None
) -> Iterator[tuple[Row, str]]:
    for row in rows.csv_rows(path, columns):
        label = row.name("label")
        if classes is not None and label not in classes:
            amiss = f"“{label}” is not one of the {len(classes):,} classes given"
            row.refuse("label", amiss, "class_unknown")
        yield row, label


def _known(path: Path, classes: Sequence[str] | None) -> dict[str, str]:
    known: dict[str, str] = {}
    for row, label in _labels(path, KNOWN_COLUMNS, classes):
        task = row.name("task")
        if known.setdefault(task, label) != label:
            amiss = f"task “{task}” is “{label}” here and “{known[task]}” above"
            row.refuse("label", amiss, "known_twice")
    return known


def _classes(named: set[str], classes: Sequence[str] | None, path: Path) -> tuple[str, ...]:
    found = set(classes or ()) or named
    if len(found) > CLASSES_MAX:
        raise FileRefused(
            "too_many_classes",
            f"{path.name}, field “label”: there are {len(found):,} classes, and a choice has at"
            f" most {CLASSES_MAX:,}. Perhaps these answers are text or numbers.",
        )
    return tuple(sorted(found)) if len(found) > 1 else (*found, NOTHING_ELSE)


def _check_size(path: Path, tasks: int, classes: int) -> None:
    if tasks * classes > CELLS_MAX:
        raise FileRefused(
            "too_large",
            f"{path.name}: {tasks:,} tasks of {classes:,} classes are more than fit; label them in"
            " parts.",
        )


def _unanswered(path: Path | None, known: dict[str, str], place: dict[str, int]) -> list[str]:
    missing = [task for task in known if task not in place]
    if path is None or not missing:
        return []
    return [f"{path.name}: {len(missing):,} tasks have no answer, the first is “{missing[0]}”."]
