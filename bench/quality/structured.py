"""Spans, boxes, texts, numbers and comparisons of real crowds against the plain ways to merge.

Every set of the folder is recognised by its form, never by its name. Truth is used to score only.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from consensus import answers, scoring
from consensus.answers import text
from consensus.answers.marks import boxes
from consensus.files import pairs, structured
from consensus.files.structured import Form
from consensus.gathering import Answers, Label
from consensus.merging import comparisons, regions

SEEDS = range(5)
HALF = 0.5
Labels = dict[str, Label]


@dataclass(frozen=True)
class Figure:
    """One figure: which set and measure, reached by which method, in how many seconds."""

    data: str
    measure: str
    method: str
    value: float
    seconds: float


def run(folder: Path) -> list[Figure]:
    """Measure every structured set below a folder."""
    return [figure for one in sorted(folder.iterdir()) for figure in _measure(one)]


def lines(figures: list[Figure]) -> list[str]:
    """Write figures as the rows of a Markdown table, with its head."""
    rows = [
        f"| {one.data} | {one.measure} | {one.method} | {one.value:.4g} | {one.seconds:.2g} |"
        for one in figures
    ]
    return ["| set | measure | method | value | seconds |", "|---|---|---|---:|---:|", *rows]


def _measure(folder: Path) -> Iterator[Figure]:
    for suffix in ("jsonl", "csv"):
        path, truth = folder / f"answers.{suffix}", folder / f"truth.{suffix}"
        if not path.exists():
            continue
        if structured.is_pairs(path):
            yield from _pairs(folder.name, path, truth)
        for form in structured.FORMS:
            if form.recognise(path):
                yield from _form(folder.name, form, path, truth)
                break


def _form(name: str, form: Form, path: Path, truth_path: Path) -> Iterator[Figure]:
    gathered = answers.gather(form.read(path).rows)
    truth = form.read_truth(truth_path)
    methods: dict[str, Callable[[Answers], Labels]] = {"ours": _ours(form), **PLAIN[form.name]}
    for method, label in methods.items():
        started = time.perf_counter()
        labels = label(gathered)
        spent = time.perf_counter() - started
        yield Figure(name, form.measure, method, form.score(labels, truth), spent)
    yield Figure(name, form.measure, "one random answer", _random(form, gathered, truth), 0.0)


def _ours(form: Form) -> Callable[[Answers], Labels]:
    return lambda gathered: dict(answers.kind(form.name).fit(gathered, {}).labels)


def _pairs(name: str, path: Path, truth_path: Path) -> Iterator[Figure]:
    read, truth = pairs.read(path), pairs.read_truth(truth_path)
    right = [truth[item] for item in read.items]
    data = read.comparisons
    wins = np.bincount(data.winner, minlength=data.items)
    shares = wins / (wins + np.bincount(data.loser, minlength=data.items))
    started = time.perf_counter()
    score = comparisons.rank(data).score
    spent = time.perf_counter() - started
    measure = "rank_correlation"
    ours = scoring.rank_correlation(score.tolist(), right)
    yield Figure(name, measure, "ours", ours, spent)
    plain = scoring.rank_correlation(shares.tolist(), right)
    yield Figure(name, measure, "share of wins", plain, 0.0)


def _random(form: Form, gathered: Answers, truth: Mapping[str, Any]) -> float:
    """Score one answer a task, drawn by chance: the mean over SEEDS."""
    scores = []
    for seed in SEEDS:
        chance = np.random.default_rng(seed)
        labels = {
            task: Label(gathered.values[chance.choice(gathered.places_of(number))], 1.0)
            for number, task in enumerate(gathered.tasks)
        }
        scores.append(form.score(labels, truth))
    return statistics.mean(scores)


def _by_task(gathered: Answers, label: Callable[[tuple[Any, ...]], Any]) -> Labels:
    return {
        task: Label(label(gathered.values_of(number)), 1.0)
        for number, task in enumerate(gathered.tasks)
    }


def _majority_boxes(gathered: Answers) -> Labels:
    return _by_task(
        gathered,
        lambda values: regions.vote(boxes.KIND.geometry, values, np.ones(len(values))).value,
    )


def _majority_spans(gathered: Answers) -> Labels:
    def label(values: tuple[Any, ...]) -> Any:
        drawn = Counter(tuple(sorted(span.items(), key=str)) for one in values for span in one)
        return [dict(span) for span, count in sorted(drawn.items()) if count > HALF * len(values)]

    return _by_task(gathered, label)


def _medoids(gathered: Answers) -> Labels:
    return _by_task(gathered, lambda values: text.medoid(values, np.ones(len(values))).value)


PLAIN: dict[str, dict[str, Callable[[Answers], Labels]]] = {
    "boxes": {"majority": _majority_boxes},
    "spans": {"majority": _majority_spans},
    "text": {"medoid": _medoids},
    "number": {
        "mean": lambda gathered: _by_task(gathered, lambda values: float(np.mean(values))),
        "median": lambda gathered: _by_task(gathered, lambda values: float(np.median(values))),
    },
}
