"""Choices: labels of every data set with truth, beside crowd-kit and majority vote."""

from __future__ import annotations

import logging
import os
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.quality import peers
from bench.quality.tables import Bar, Cell, Found, Table
from consensus import inference, selection
from consensus.arrays import FloatArray, IntArray
from consensus.files import choices, structured
from consensus.files.choices import Choices
from consensus.inference import UNKNOWN

LOG = logging.getLogger(__name__)
SECONDS_MAX = 150
METHODS = ("MV", "Wawa", "ZBS", "OneCoinDS", "DS", "GLAD", "MACE", "MMSR")
EBCC_SETS = ("bluebird", "sp_amt", "sp", "product", "dog", "web", "adult", "ms")
QUIZ = "quiz_"
KNOWN_MEAN, QUIZ_MEAN = "mean of the EBCC sets", "mean of the quizzes"


def measure(seeds: int) -> Found:
    """Label every set with so many seeds and by every peer; accuracy in per cent."""
    sets = folder()
    files = {
        path.name: {"answers": str(path / "answers.csv"), "truth": str(path / "truth.csv")}
        for path in sorted(sets.iterdir())
        if _is_choices(path)
    }
    side = Path(__file__).with_name("crowdkit_side.py")
    question = {"files": files, "methods": METHODS, "seconds_max": SECONDS_MAX}
    LOG.info("choices: crowd-kit's methods")
    theirs = peers.ask("crowdkit", side, question)
    ours = {name: _ours(sets / name, seeds) for name in files}
    accuracies = _accuracies(ours, theirs)
    tables = [accuracies, _seconds(ours, theirs), _models(sets, list(files))]
    return Found(tables, _bars({str(row["set"]): row for row in accuracies.rows}))


def _bars(rows: Mapping[str, Mapping[str, Any]]) -> list[Bar]:
    known, quizzes = rows[KNOWN_MEAN], rows[QUIZ_MEAN]
    rival = max(known[method] for method in METHODS if known[method] is not None)
    behind = {
        name: row["majority"] - row["Quorum"] - max(1, 100 / row["truths"])
        for name, row in rows.items()
        if row["truths"] and not name.startswith(QUIZ)
    }
    worst = max(behind, key=lambda name: behind[name])
    return [
        Bar("mean of the EBCC sets, per cent", known["Quorum"], least=rival, goal=87),
        Bar("mean of the quizzes, per cent", quizzes["Quorum"], least=74, goal=77),
        Bar(f"points beyond what may be lost to majority ({worst})", behind[worst], most=0),
    ]


def accuracy(probabilities: FloatArray, truth: IntArray) -> float:
    """Give the share of right labels in per cent; of n equally likely ones each counts 1/n."""
    scored = np.flatnonzero(truth != UNKNOWN)
    rows = probabilities[scored]
    is_best = np.isclose(rows, rows.max(axis=1, keepdims=True), rtol=1e-9, atol=1e-12)
    padded = np.pad(is_best, ((0, 0), (0, 1)))  # a truth nobody ever gave
    hits = padded[np.arange(len(scored)), truth[scored]] / is_best.sum(axis=1)
    return float(100 * hits.mean())


def folder() -> Path:
    """Return the folder of data sets that the environment names."""
    if "QUORUM_DATASETS" not in os.environ:
        raise SystemExit("QUORUM_DATASETS must name the folder of the data sets.")
    return Path(os.environ["QUORUM_DATASETS"])


def _is_choices(path: Path) -> bool:
    table = path / "answers.csv"
    if not (table.exists() and (path / "truth.csv").exists() and choices.is_choices(table)):
        return False
    return not structured.is_numbers(table)


def _ours(path: Path, seeds: int) -> dict[str, Any]:
    LOG.info("choices: %s", path.name)
    read = _read(path)
    majority = inference.fit("majority", read.votes)
    reached, picked, seconds = [], [], []
    for seed in range(seeds):
        started = time.perf_counter()
        chosen = selection.pick(read.votes, read.votes.size, seed).candidate
        settings = inference.Settings(chosen.prior, seed=seed)
        posterior = inference.fit(chosen.name, read.votes, settings=settings)
        seconds.append(time.perf_counter() - started)
        reached.append(accuracy(posterior.probabilities, read.truth))
        picked.append(f"{chosen.name} {chosen.prior.value}")
    return {
        "reached": reached,
        "picked": ", ".join(sorted(set(picked))),
        "seconds": statistics.median(seconds),
        "majority": accuracy(majority.probabilities, read.truth),
        "tasks": int((read.truth != UNKNOWN).sum()),
    }


def _read(path: Path) -> Choices:
    return choices.read(path / "answers.csv", truth=path / "truth.csv")


def _accuracies(ours: dict[str, Any], theirs: dict[str, Any]) -> Table:
    rows: list[dict[str, Cell]] = []
    for name, found in ours.items():
        row: dict[str, Cell] = {"set": name, "truths": found["tasks"]}
        row["majority"] = found["majority"]
        row |= {method: theirs[name][method].get("accuracy") for method in METHODS}
        row["Quorum"] = statistics.mean(found["reached"])
        row["spread"] = float(np.std(found["reached"]))
        row["picked"] = found["picked"]
        rows.append(row)
    quiz = [row for row in rows if str(row["set"]).startswith(QUIZ)]
    known = [row for row in rows if row["set"] in EBCC_SETS]
    rows += [_mean(KNOWN_MEAN, known), _mean(QUIZ_MEAN, quiz)]
    return Table(
        "Choices: accuracy",
        "Per cent of labels that are true; mean and deviation over the seeds, the model "
        "picked by hidden answers. Majority counts ties as fractions; crowd-kit breaks them its "
        f"own way. A dash is a peer that failed or took more than {SECONDS_MAX} seconds.",
        rows,
    )


def _mean(name: str, rows: list[dict[str, Cell]]) -> dict[str, Cell]:
    row: dict[str, Cell] = {"set": name, "truths": None}
    for column in ("majority", *METHODS, "Quorum"):
        values = [one[column] for one in rows]
        numbers = [value for value in values if isinstance(value, float)]
        row[column] = statistics.mean(numbers) if values and len(numbers) == len(values) else None
    return row


def _seconds(ours: dict[str, Any], theirs: dict[str, Any]) -> Table:
    rows = [
        {
            "set": name,
            **{method: theirs[name][method].get("seconds") for method in METHODS},
            "Quorum, choosing included": found["seconds"],
        }
        for name, found in ours.items()
    ]
    return Table("Choices: seconds", "Of one run each; Quorum's is the median of its runs.", rows)


def _models(sets: Path, names: list[str]) -> Table:
    rows: list[dict[str, Cell]] = []
    for name in names:
        read = _read(sets / name)
        row: dict[str, Cell] = {"set": name}
        for model in inference.METHODS:
            for prior in inference.Prior:
                settings = inference.Settings(prior)
                posterior = inference.fit(model, read.votes, settings=settings)
                row[f"{model} {prior.value}"] = accuracy(posterior.probabilities, read.truth)
        rows.append(row)
    return Table("Choices: each model", "Accuracy of every model with either class prior.", rows)
