"""Read a table of comma-separated text, saying of each flaw in which line and field it is."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn, TextIO

from consensus.errors import FileRefused

NOT_A_VALUE = frozenset({"nan", "#n/a"})
FIELD_CHARACTERS_MAX = 10_000


class Row(NamedTuple):
    """One row: the line it ends on, and the fields of the columns asked for."""

    line: int
    values: tuple[str, ...]


def head(path: Path) -> tuple[str, ...]:
    """Return the names of the columns, from the first line."""
    with _opened(path) as file:
        return next(_cells(path, file), (1, ()))[1]


def read(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Yield every row's fields of these columns; others are passed over.

    Raise FileRefused for a column that is not there, a row with more or fewer fields than the
    first line, an empty field or one that stands for none (NaN), or text that is not UTF-8.
    """
    with _opened(path) as file:
        cells = _cells(path, file)
        _, names = next(cells, (1, ()))
        places = [_place(path, names, column) for column in columns]
        for line, fields in cells:
            if not any(fields):
                continue
            if len(fields) != len(names):
                _refuse(
                    "row_broken",
                    f"{path.name}, line {line}: this row has {len(fields)} fields, but the"
                    f" first line names {len(names)} columns.",
                )
            for place, column in zip(places, columns, strict=True):
                _check(path, line, column, fields[place])
            yield Row(line, tuple(fields[place] for place in places))


def _opened(path: Path) -> TextIO:
    try:
        return path.open(newline="", encoding="utf-8-sig")
    except OSError as error:
        raise FileRefused(
            "file_unreadable", f"{path.name} cannot be read: {error.strerror}."
        ) from None


def _cells(path: Path, file: Iterator[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    reader = csv.reader(file, strict=True)
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            _refuse("row_broken", f"{path.name}, line {reader.line_num}: {error}.")
        except UnicodeDecodeError:
            _refuse(
                "not_utf8",
                f"{path.name}, after line {reader.line_num}: this is not UTF-8 text; save the"
                " table as UTF-8.",
            )
        if fields is None:
            return
        yield reader.line_num, tuple(field.strip() for field in fields)


def _place(path: Path, names: Sequence[str], column: str) -> int:
    if column not in names:
        there = f"only {', '.join(f'“{name}”' for name in names)}" if any(names) else "nothing"
        _refuse(
            "column_missing",
            f"{path.name}, line 1: there must be a column “{column}”; there is {there}.",
        )
    if names.count(column) > 1:
        _refuse("column_twice", f"{path.name}, line 1: the column “{column}” is there twice.")
    return names.index(column)


def _check(path: Path, line: int, column: str, value: str) -> None:
    where = f"{path.name}, line {line}, column “{column}”"
    if not value:
        _refuse("field_empty", f"{where}: nothing is written here.")
    if value.lower() in NOT_A_VALUE:
        _refuse("field_not_a_value", f"{where}: “{value}” stands for no value.")
    if len(value) > FIELD_CHARACTERS_MAX:
        _refuse("field_too_long", f"{where}: this is longer than {FIELD_CHARACTERS_MAX:,} letters.")


def _refuse(code: str, sentence: str) -> NoReturn:
    raise FileRefused(code, sentence)
