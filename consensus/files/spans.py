"""Read spans: {"task", "worker", "spans": [[start, end, class], …]} a line."""

from pathlib import Path
from typing import Any

from consensus import answers, errors
from consensus.files import rows
from consensus.files.rows import Row, Table

FIELD = "spans"
KEYS = ("start", "end", "class")


def read(path: Path) -> Table:
    """Read answers; raise FileRefused naming the line and field of the first mistake."""
    return rows.answers(path, ((row, _value(row)) for row in rows.json_lines(path)))


def read_truth(path: Path) -> dict[str, Any]:
    """Read the right spans by task."""
    return {row.name("task"): _value(row) for row in rows.json_lines(path)}


def _value(row: Row) -> list[dict[str, Any]]:
    value = []
    for number, span in enumerate(row.items(FIELD), start=1):
        if not isinstance(span, list) or len(span) != len(KEYS) or not isinstance(span[2], str):
            row.refuse(FIELD, f"this needs span {number} as [start, end, class]")
        value.append(dict(zip(KEYS, span, strict=True)))
    allowed = answers.Terms(classes=tuple({span["class"] for span in value}))
    try:
        answers.kind(FIELD).check(value, allowed)
    except errors.AnswerRefused as error:
        row.refuse(FIELD, error.sentence.rstrip("."))
    return value
