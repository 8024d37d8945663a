"""Read boxes: {"task", "worker", "boxes": [[x, y, width, height, class?], …]} a line.

A box of no width or no height is left out: it is a slip of the hand, and real files have some.
"""

from pathlib import Path
from typing import Any

from consensus import answers, errors
from consensus.files import rows
from consensus.files.rows import Row, Table

FIELD = "boxes"
SIDES = ("x", "y", "width", "height")


def read(path: Path) -> Table:
    """Read answers; raise FileRefused naming the line and field of the first mistake."""
    return rows.answers(path, ((row, _value(row)) for row in rows.json_lines(path)))


def read_truth(path: Path) -> dict[str, Any]:
    """Read the right boxes by task."""
    return {row.name("task"): _value(row) for row in rows.json_lines(path)}


def _value(row: Row) -> list[dict[str, Any]]:
    value = []
    for number, box in enumerate(row.items(FIELD), start=1):
        if not isinstance(box, list) or len(box) not in (4, 5):
            row.refuse(FIELD, f"this needs box {number} as [x, y, width, height]")
        if 0 in box[2:4]:
            continue
        name = str(box[4]) if len(box) == 5 else ""
        value.append({**dict(zip(SIDES, box, strict=False)), "rotation": 0, "class": name})
    allowed = answers.Terms(classes=tuple({box["class"] for box in value}))
    try:
        answers.kind(FIELD).check(value, allowed)
    except errors.AnswerRefused as error:
        row.refuse(FIELD, error.sentence.rstrip("."))
    return value
