"""Speed: a million simulated answers beside crowd-kit, ten million, and folding."""

from __future__ import annotations

import csv
import logging
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bench.quality import million, peers
from bench.quality.tables import Bar, Cell, Found, Table

LOG = logging.getLogger(__name__)
MILLION = 1_000_000
ROUNDS = 3
SECONDS_MAX = 600


def measure(_seeds: int) -> Found:
    """Fit in turns with crowd-kit's Dawid–Skene, one core each; then choose, fold and grow."""
    ours: list[Any] = []
    theirs: list[Any] = []
    with tempfile.TemporaryDirectory() as folder:
        files = _written(Path(folder))
        side = Path(__file__).with_name("crowdkit_side.py")
        question = {"files": {"million": files}, "methods": ["DS"], "seconds_max": SECONDS_MAX}
        for number in range(ROUNDS):
            LOG.info("speed: a million answers, round %d of %d", number + 1, ROUNDS)
            theirs.append(peers.ask("crowdkit", side, question)["million"]["DS"])
            ours.append(_ours({"answers": MILLION}))
        kept = str(Path(folder) / "state.npz")
        LOG.info("speed: choosing and folding, then ten million answers")
        more = _ours({"answers": MILLION, "choose": True, "fold": kept})
    large = _ours({"answers": 10 * MILLION})
    return Found([_beside(ours, theirs, more, large), _folding(more)], _bars(ours, theirs, more))


def _bars(ours: list[Any], theirs: list[Any], more: Any) -> list[Bar]:
    return [
        Bar("times as fast as crowd-kit's Dawid–Skene", _ratio(ours, theirs), least=5, goal=10),
        Bar("accuracy of a million", ours[0]["accuracy"], least=theirs[0]["accuracy"]),
        Bar("megabytes for a million", max(one["megabytes"] for one in ours), most=1024),
        Bar("choosing the model, in fits", more["choosing"] / more["seconds"], most=10),
        Bar("seconds to load a fitted million", more["loading"], most=1),
        Bar("milliseconds to fold in 1,000 answers", 1_000 * more["folding"], most=50),
        Bar("labels equal to a new fit after ten folds, per cent", more["equal"], least=99.9),
    ]


def _ratio(ours: list[Any], theirs: list[Any]) -> float:
    pairs = zip(theirs, ours, strict=True)
    return float(statistics.median(peer["seconds"] / own["seconds"] for peer, own in pairs))


def _ours(question: dict[str, Any]) -> Any:
    return peers.ask_ourselves("bench.quality.million", question)


def _beside(ours: list[Any], theirs: list[Any], more: Any, large: Any) -> Table:
    rows: list[dict[str, Cell]] = [
        _row("crowd-kit's Dawid–Skene", theirs[0], [one["seconds"] for one in theirs]),
        _row("Quorum's default model", ours[0], [one["seconds"] for one in ours])
        | {"ratio": _ratio(ours, theirs)},
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
