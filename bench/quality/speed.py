"""Speed: a million simulated answers beside crowd-kit, ten million, and folding."""

from __future__ import annotations

import csv
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bench.quality import million, peers
from bench.quality.tables import Cell, Table

MILLION = 1_000_000
ROUNDS = 3
SECONDS_MAX = 600


def measure() -> list[Table]:
    """Fit in turns with crowd-kit's Dawid–Skene, one core each; then choose, fold and grow."""
    with tempfile.TemporaryDirectory() as folder:
        files = _written(Path(folder))
        side = Path(__file__).with_name("crowdkit_side.py")
        question = {"files": {"million": files}, "methods": ["DS"], "seconds_max": SECONDS_MAX}
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(peers.ask("crowdkit", side, question)["million"]["DS"])
            ours.append(_ours({"answers": MILLION}))
        kept = str(Path(folder) / "state.npz")
        more = _ours({"answers": MILLION, "choose": True, "fold": kept})
    return [_beside(ours, theirs, more), _folding(more)]


def _ours(question: dict[str, Any]) -> Any:
    return peers.ask_ourselves("bench.quality.million", question)


def _beside(ours: list[Any], theirs: list[Any], more: Any) -> Table:
    ratio = statistics.median(
        peer["seconds"] / own["seconds"] for peer, own in zip(theirs, ours, strict=True)
    )
    large = _ours({"answers": 10 * MILLION})
    rows: list[dict[str, Cell]] = [
        _row("crowd-kit's Dawid–Skene", theirs[0], [one["seconds"] for one in theirs]),
        _row("Quorum's default model", ours[0], [one["seconds"] for one in ours])
        | {"ratio": ratio},
        _row(f"choosing the model ({more['picked']})", {}, [more["choosing"]])
        | {"ratio": more["choosing"] / more["seconds"]},
        _row("ten million answers", large, [large["seconds"]]),
    ]
    return Table(
        "Speed: a million answers of five classes",
        f"Medians of {ROUNDS} rounds in turns, on one core. The ratio of the default model is how "
        "many times as fast as crowd-kit it is; that of choosing is to one fit. Megabytes are the "
        "most the process ever held, the simulation included.",
        rows,
    )


def _row(name: str, found: dict[str, Any], seconds: list[float]) -> dict[str, Cell]:
    return {
        "what": name,
        "seconds": statistics.median(seconds),
        "ratio": None,
        "accuracy": found.get("accuracy"),
        "megabytes": found.get("megabytes"),
    }


def _folding(found: Any) -> Table:
    names = ("loading", "folding", "folding_most", "equal")
    row: dict[str, Cell] = {"loading, seconds": found["loading"]}
    row |= {
        "fold, median milliseconds": 1_000 * found[names[1]],
        "fold, most milliseconds": 1_000 * found[names[2]],
        "labels equal to a new fit, per cent": f"{found[names[3]]:.3f}",
    }
    return Table(
        "Folding",
        f"{million.FOLDS} times {million.FOLDED:,} new answers into a fitted job of a million.",
        [row],
    )


def _written(folder: Path) -> dict[str, str]:
    task, worker, given, truth = million.crowd(MILLION)
    answers, known = folder / "answers.csv", folder / "truth.csv"
    for path, names, columns in (
        (answers, ("task", "worker", "label"), (task, worker, given)),
        (known, ("task", "label"), (np.arange(len(truth)), truth)),
    ):
        with path.open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(names)
            table.writerows(zip(*(column.tolist() for column in columns), strict=True))
    return {"answers": str(answers), "truth": str(known)}
