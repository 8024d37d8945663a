"""Read texts: {"task", "worker", "text"} a line."""

from pathlib import Path

from consensus.files import rows
from consensus.files.rows import Row, Table

FIELD = "text"


def read(path: Path) -> Table:
    """Read answers; raise FileRefused naming the line and field of the first mistake."""
    return rows.answers(path, ((row, _value(row)) for row in rows.json_lines(path)))


def read_truth(path: Path) -> dict[str, str]:
    """Read the right text by task."""
    return {row.name("task"): _value(row) for row in rows.json_lines(path)}


def _value(row: Row) -> str:
    given = row.fields.get(FIELD)
    if not isinstance(given, str):
        row.refuse(FIELD, "this is missing" if given is None else "this must be a text")
    if len(given) > rows.TEXT_MAX:
        row.refuse(FIELD, f"this is longer than {rows.TEXT_MAX:,} letters", "field_too_long")
    return given
