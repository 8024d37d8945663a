"""Read the rows of a file, CSV or JSON Lines, and name line and field of what is wrong."""

import csv
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TextIO

from consensus.errors import FileRefused

NOT_A_VALUE = frozenset({"nan", "#n/a"})
TEXT_MAX = 10_000
SHOWN_MAX = 60


class Row(NamedTuple):
    """One row by field name, with the file it is from and the line it ends on."""

    path: Path
    line: int
    fields: dict[str, Any]

    def name(self, field: str) -> str:
        """Return a field that names something: a text or whole number that is not empty."""
        given = self.fields.get(field)
        if isinstance(given, bool) or not isinstance(given, str | int):
            self.refuse(field, _amiss(given, "a name"))
        found = str(given).strip()
        if not found:
            self.refuse(field, "nothing is written here", "field_empty")
        if found.lower() in NOT_A_VALUE:
            self.refuse(field, f"“{found}” stands for no value", "field_not_a_value")
        if len(found) > TEXT_MAX:
            self.refuse(field, f"this is longer than {TEXT_MAX:,} letters", "field_too_long")
        return found

    def number(self, field: str) -> float:
        """Return a field that is a finite number."""
        given = self.fields.get(field)
        try:
            found = float(given) if isinstance(given, str | int | float) else math.nan
        except (ValueError, OverflowError):
            found = math.nan
        if not math.isfinite(found) or isinstance(given, bool):
            self.refuse(field, f"this must be a number, not {repr(given)[:SHOWN_MAX]}")
        return found

    def items(self, field: str) -> list[Any]:
        """Return a field that is a list."""
        given = self.fields.get(field)
        if not isinstance(given, list):
            self.refuse(field, _amiss(given, "a list"))
        return given

    def refuse(self, field: str, reason: str, code: str = "field_broken") -> NoReturn:
        """Refuse the row for what is wrong with one of its fields."""
        raise FileRefused(code, f"{self.path.name}, line {self.line}, field “{field}”: {reason}.")


@dataclass(frozen=True)
class Table:
    """Answers as (task, worker, value), and remarks on those that do not count."""

    rows: tuple[tuple[str, str, Any], ...]
    remarks: tuple[str, ...]


def answers(path: Path, found: Iterable[tuple[Row, Any]]) -> Table:
    """Keep the last answer of a worker to a task, as the marketplace does; raise FileRefused
    without answers."""
    given: dict[tuple[str, str], Any] = {}
    repeats, differing, first_line = 0, 0, 0
    for row, value in found:
        key = row.name("task"), row.name("worker")
        if key in given:
            repeats += 1
            differing += given[key] != value
            first_line = first_line or row.line
        given[key] = value
    if not given:
        raise FileRefused("no_answers", f"{path.name} holds no answers.")
    remark = (
        f"{path.name}: {repeats:,} times a worker answered a task again (first in line"
        f" {first_line}), {differing:,} times otherwise than before; the last answer counts."
    )
    kept = tuple((task, worker, value) for (task, worker), value in given.items())
    return Table(kept, (remark,) if repeats else ())


def head(path: Path) -> tuple[str, ...]:
    """Return the names of the columns of a CSV file, from its first line."""
    with _opened(path) as file:
        return next(_cells(path, file), (1, ()))[1]


def csv_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a CSV file whose first line names its columns, these among them.

    Raise FileRefused for a column that is not there or there twice, a row with more or fewer
    fields than the first line, or text that is not UTF-8. Empty rows are passed over.
    """
    with _opened(path) as file:
        cells = _cells(path, file)
        _, names = next(cells, (1, ()))
        _check_names(path, names, columns)
        for line, fields in cells:
            if not any(fields):
                continue
            if len(fields) != len(names):
                _broken(path, line, f"has {len(fields)} fields, but line 1 has {len(names)}")
            yield Row(path, line, dict(zip(names, fields, strict=True)))


def json_lines(path: Path) -> Iterator[Row]:
    """Yield one JSON object a line; empty lines are passed over."""
    with _opened(path) as file:
        for number, line in enumerate(_lines(path, file), start=1):
            if not line.strip():
                continue
            try:
                fields = json.loads(line)
            except (ValueError, RecursionError):
                _broken(path, number, "is no valid JSON")
            if not isinstance(fields, dict):
                _broken(path, number, "must be a JSON object")
            yield Row(path, number, fields)


def _opened(path: Path) -> TextIO:
    try:
        return path.open(newline="", encoding="utf-8-sig")
    except OSError as error:
        sentence = f"{path.name} cannot be read: {error.strerror}."
        raise FileRefused("file_unreadable", sentence) from None


def _lines(path: Path, file: TextIO) -> Iterator[str]:
    """Yield the lines of a file as long as they are text."""
    number = 0
    try:
        for number, line in enumerate(file, start=1):  # noqa: B007
            yield line
    except UnicodeDecodeError:
        sentence = f"{path.name}, after line {number}: this is not UTF-8 text; save it as UTF-8."
        raise FileRefused("not_utf8", sentence) from None


def _cells(path: Path, file: TextIO) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the fields of each row, with the line it ends on."""
    reader = csv.reader(_lines(path, file), strict=True)
    try:
        for fields in reader:
            yield reader.line_num, tuple(field.strip() for field in fields)
    except csv.Error as error:
        _broken(path, reader.line_num, f"is no valid CSV: {error}")


def _check_names(path: Path, names: Sequence[str], columns: Sequence[str]) -> None:
    for column in columns:
        where = f"{path.name}, line 1, field “{column}”:"
        if column not in names:
            there = f"only {', '.join(f'“{name}”' for name in names)}" if any(names) else "nothing"
            raise FileRefused("column_missing", f"{where} no such column, there is {there}.")
        if names.count(column) > 1:
            raise FileRefused("column_twice", f"{where} this column is there twice.")


def _broken(path: Path, line: int, reason: str) -> NoReturn:
    raise FileRefused("row_broken", f"{path.name}, line {line}: this row {reason}.")


def _amiss(given: object, wanted: str) -> str:
    return "this is missing" if given is None else f"this must be {wanted}"
