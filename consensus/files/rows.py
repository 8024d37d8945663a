"""Read the rows of a file, CSV or JSON Lines, and name line and field of what is wrong."""

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from consensus import errors

TEXT_MAX = 10_000
SHOWN_MAX = 60


@dataclass(frozen=True)
class Row:
    """One row by field name, with the line it stands on."""

    line: int
    fields: Mapping[str, Any]

    def name(self, field: str) -> str:
        """Return a field that names something: a text or whole number that is not empty."""
        given = self.fields.get(field)
        if isinstance(given, bool) or not isinstance(given, str | int):
            refuse(self.line, field, "is missing" if given is None else "must be a name")
        found = str(given).strip()
        if not found or len(found) > TEXT_MAX:
            refuse(self.line, field, "is empty" if not found else "is too long")
        return found

    def number(self, field: str) -> float:
        """Return a field that is a finite number."""
        given = self.fields.get(field)
        try:
            found = float(given) if isinstance(given, str | int | float) else math.nan
        except ValueError:
            found = math.nan
        if not math.isfinite(found) or isinstance(given, bool):
            refuse(self.line, field, f"must be a number, not {_shown(given)}")
        return found

    def items(self, field: str) -> list[Any]:
        """Return a field that is a list."""
        given = self.fields.get(field)
        if not isinstance(given, list):
            refuse(self.line, field, "is missing" if given is None else "must be a list")
        return given


@dataclass(frozen=True)
class Table:
    """Answers as (task, worker, value), and how many were replaced by a later one.

    Where a worker answers a task again, the last answer counts, as it does in the marketplace.
    """

    rows: tuple[tuple[str, str, Any], ...]
    replaced: int


def table(found: Iterator[tuple[str, str, Any]]) -> Table:
    """Keep the last answer of a worker to a task; raise FileRefused without answers."""
    kept: dict[tuple[str, str], Any] = {}
    replaced = 0
    for task, worker, value in found:
        replaced += (task, worker) in kept
        kept[task, worker] = value
    if not kept:
        raise errors.FileRefused("file_empty", "The file holds no answers.")
    rows = tuple((task, worker, value) for (task, worker), value in kept.items())
    return Table(rows, replaced)


def json_lines(path: Path) -> Iterator[Row]:
    """Read one JSON object a line; empty lines are passed over."""
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            refuse(number, "", "is no valid JSON")
        if not isinstance(fields, dict):
            refuse(number, "", "must be a JSON object")
        yield Row(number, fields)


def csv_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Read a CSV file whose first line names its columns; these must be among them."""
    reader = csv.reader(_text(path).splitlines(), strict=True)
    try:
        head = [name.strip() for name in next(reader, [])]
        for name in columns:
            if name not in head:
                refuse(1, name, "is missing; the first line must name the columns")
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(head):
                refuse(reader.line_num, "", f"has {len(cells)} fields, not {len(head)}")
            yield Row(reader.line_num, dict(zip(head, cells, strict=True)))
    except csv.Error as error:
        raise errors.FileRefused(
            "file_row_broken", f"Line {reader.line_num} is no valid CSV: {error}."
        ) from error


def refuse(line: int, field: str, reason: str) -> NoReturn:
    """Refuse a line by its number and, where it is one field's fault, the field."""
    place = f"Line {line}, field “{field}”," if field else f"Line {line}"
    raise errors.FileRefused("file_row_broken", f"{place} {reason}.")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise errors.FileRefused("file_not_text", f"{path.name} must be UTF-8 text.") from error
    except OSError as error:
        raise errors.FileRefused("file_unreadable", f"{path.name} cannot be read.") from error


def _shown(value: object) -> str:
    return repr(value)[:SHOWN_MAX]
