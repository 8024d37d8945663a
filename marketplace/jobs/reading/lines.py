"""Read rows from files in which each row begins on a line of its own: CSV, TSV, JSON Lines."""

from __future__ import annotations

import codecs
import csv
import itertools
import json
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

from kernel import errors
from marketplace.jobs.reading import row

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SKIP_BYTES = 64 * 1024


def separated(stream: BinaryIO, delimiters: str) -> Iterator[row.Row]:
    """Yield the rows of a file of columns, split by whichever delimiter gives most columns."""
    lines = _Lines(stream)
    try:
        reader, header = _header(lines, delimiters)
    except (row.Unreadable, csv.Error) as error:
        sentence = f"The first line, which names the columns, cannot be read: {error}"
        raise errors.Refused("import_header_unreadable", sentence) from error
    while True:
        lines.begin_record()
        number = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except row.Unreadable as error:
            yield row.bad(number, error)
        except csv.Error as error:
            sentence = f"The quotes or line ends are not those of a CSV file: {error}."
            yield row.bad(number, row.Unreadable("row_malformed", sentence))
        else:
            if cells:
                yield _record(number, header, cells)


def _header(lines: _Lines, delimiters: str) -> tuple[Iterator[list[str]], list[str]]:
    first = next((line for line in lines if line.strip()), "")
    if not first:
        row.refuse_empty()
    delimiter = max(delimiters, key=lambda mark: len(next(csv.reader([first], delimiter=mark))))
    lines_again = itertools.chain([first], lines)
    reader = csv.reader(lines_again, delimiter=delimiter, strict=True)
    header = [name.strip() for name in next(reader)]
    if len(header) > row.COLUMNS_MAX:
        sentence = f"The file has {len(header)} columns; at most {row.COLUMNS_MAX} are allowed."
        raise errors.Refused("import_too_many_columns", sentence)
    for place, name in enumerate(header, start=1):
        if not name:
            sentence = f"Column {place} has no name. The first line must name every column."
            raise errors.Refused("import_header_empty", sentence, column=place)
        if name in header[: place - 1]:
            sentence = f'Two columns are called "{name[:50]}". Each needs a name of its own.'
            raise errors.Refused("import_header_duplicate", sentence, column=place)
    return reader, header


def _record(number: int, header: list[str], cells: list[str]) -> row.Row:
    if len(cells) != len(header):
        sentence = f"The first line names {len(header)} columns, but this row has {len(cells)}."
        return row.bad(number, row.Unreadable("row_columns", sentence))
    return row.checked(number, dict(zip(header, cells, strict=True)))


def objects(stream: BinaryIO) -> Iterator[row.Row]:
    """Yield the rows of a file that holds one JSON object a line."""
    lines = _Lines(stream)
    has_begun = False
    while True:
        lines.begin_record()
        try:
            text = next(lines).strip()
        except StopIteration:
            return
        except row.Unreadable as error:
            yield row.bad(lines.number, error)
            continue
        if text and not has_begun and not text.startswith("{"):
            sentence = "This is not JSON Lines: each line must hold one object, such as {…}."
            raise errors.Refused("import_not_jsonl", sentence)
        if text:
            has_begun = True
            yield _json_line(lines.number, text)


def _json_line(number: int, text: str) -> row.Row:
    try:
        item = _decoder.decode(text)
    except json.JSONDecodeError as error:
        sentence = f"This line is not JSON: {error.msg} (column {error.colno})."
        return row.bad(number, row.Unreadable("row_not_json", sentence))
    except (ValueError, RecursionError):
        sentence = "This line is not JSON that can be kept: a number or a nesting is out of range."
        return row.bad(number, row.Unreadable("row_not_json", sentence))
    return row.from_object(number, item)


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


# Built once: json.loads makes a new one at each call that asks for more than its defaults.
_decoder = json.JSONDecoder(parse_constant=_refuse_constant)


class _Lines:
    """Hand out decoded lines; after a bad one the next call goes on with the line below it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._record_bytes = 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def begin_record(self) -> None:
        self._record_bytes = 0

    def __next__(self) -> str:
        line = self._stream.readline(row.ROW_BYTES_MAX + 1)
        if not line:
            raise StopIteration
        self.number += 1
        # A quoted field may span lines, so a quote left open is stopped by the size of the record.
        self._record_bytes += len(line)
        if self._record_bytes > row.ROW_BYTES_MAX:
            self._skip(line)
            raise row.too_long()
        return _decoded(line, is_first=self.number == 1)

    def _skip(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._stream.readline(_SKIP_BYTES)


def _decoded(line: bytes, is_first: bool) -> str:
    if is_first and line.startswith(_UTF16):
        sentence = "The file is written in UTF-16. Please save it as UTF-8."
        raise errors.Refused("import_not_utf8", sentence)
    try:
        return (line.removeprefix(codecs.BOM_UTF8) if is_first else line).decode()
    except UnicodeDecodeError as error:
        sentence = f"Byte {error.start + 1} is not UTF-8. Please save the file as UTF-8."
        raise row.Unreadable("row_not_utf8", sentence) from error
