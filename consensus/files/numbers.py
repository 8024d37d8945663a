"""Read numbers: a CSV file with the columns task, worker and label, the label being a number."""

from pathlib import Path

from consensus.files import rows
from consensus.files.rows import Table

FIELD = "label"


def read(path: Path) -> Table:
    """Read answers; raise FileRefused naming the line and field of the first mistake."""
    found = rows.csv_rows(path, ("task", "worker", FIELD))
    return rows.answers(path, ((row, row.number(FIELD)) for row in found))


def read_truth(path: Path) -> dict[str, float]:
    """Read the right number by task."""
    return {row.name("task"): row.number(FIELD) for row in rows.csv_rows(path, ("task", FIELD))}
