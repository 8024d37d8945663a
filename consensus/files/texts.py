"""Read texts: {"task", "worker", "text"} a line."""

from pathlib import Path

from consensus.files import rows
from consensus.files.rows import Row, Table

FIELD = "text"


def read(path: Path) -> Table:
    """Read answers; raise FileRefused naming the line and field of the first mistake."""
    found = ((row.name("task"), row.name("worker"), _value(row)) for row in rows.json_lines(path))
    return rows.table(found)


def read_truth(path: Path) -> dict[str, str]:
    """Read the right text by task."""
    return {row.name("task"): _value(row) for row in rows.json_lines(path)}


def _value(row: Row) -> str:
    given = row.fields.get(FIELD)
    if not isinstance(given, str):
        rows.refuse(row.line, FIELD, "is missing" if given is None else "must be a text")
    if len(given) > rows.TEXT_MAX:
        rows.refuse(row.line, FIELD, f"has more than {rows.TEXT_MAX:,} characters")
    return given
