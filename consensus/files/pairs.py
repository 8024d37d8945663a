"""Read comparisons: a CSV file with the columns winner, loser and worker, and perhaps tie."""

from dataclasses import dataclass
from pathlib import Path

from consensus import errors
from consensus.files import rows
from consensus.files.rows import Row
from consensus.merging import comparisons
from consensus.merging.comparisons import Comparisons

COLUMNS = ("winner", "loser", "worker")
YES = frozenset({"1", "yes", "true"})
NO = frozenset({"", "0", "no", "false"})


@dataclass(frozen=True, eq=False)
class Compared:
    """The names of items and workers, and the comparisons by their places."""

    items: tuple[str, ...]
    workers: tuple[str, ...]
    comparisons: Comparisons


def read(path: Path) -> Compared:
    """Read comparisons; raise FileRefused naming the line and field of the first mistake.

    A worker may compare two items again: unlike other answers, each comparison counts.
    """
    found = []
    for row in rows.csv_rows(path, COLUMNS):
        winner, loser, worker = (row.name(column) for column in COLUMNS)
        if winner == loser:
            row.refuse("loser", "this must be another item than the winner")
        found.append((winner, loser, worker, _tie(row)))
    if not found:
        raise errors.FileRefused("no_answers", f"{path.name} holds no comparisons.")
    items = tuple(sorted({name for one in found for name in one[:2]}))
    workers = tuple(sorted({one[2] for one in found}))
    item = {name: number for number, name in enumerate(items)}
    who = {name: number for number, name in enumerate(workers)}
    numbered = [
        (item[winner], item[loser], who[worker], tie) for winner, loser, worker, tie in found
    ]
    return Compared(items, workers, comparisons.compare(numbered, len(items), len(workers)))


def read_truth(path: Path) -> dict[str, float]:
    """Read the true score by item."""
    return {row.name("item"): row.number("score") for row in rows.csv_rows(path, ("item", "score"))}


def _tie(row: Row) -> bool:
    given = str(row.fields.get("tie", "")).strip().lower()
    if given not in YES | NO:
        row.refuse("tie", "this must be yes or no")
    return given in YES
