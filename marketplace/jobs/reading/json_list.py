"""Read rows from one long JSON list, without ever holding more than one of them."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

import ijson

from kernel import errors
from marketplace.jobs.reading import row

_BUFFER_BYTES = 64 * 1024
# The list and its objects come on top of what one field may hold.
_DEPTH_MAX = row.DEPTH_MAX + 4


def objects(stream: BinaryIO, needs_data: bool) -> Iterator[row.Row]:
    """Yield the rows of a JSON list of objects; Label Studio's must hold `data`.

    A list cannot be read past a mistake in its JSON, so the row after the last good one says so.
    """
    source = _Measured(stream)
    if not source.starts_with(b"["):
        sentence = "This is not a JSON list: the file must begin with [ and hold one {…} per task."
        raise errors.Refused("import_not_json_list", sentence)
    number = 0
    try:
        for number, item in enumerate(_items(source), start=1):
            yield row.from_object(number, item, needs_data)
    except row.Unreadable as error:
        yield row.bad(number + 1, error)
    except (ijson.JSONError, ValueError, OverflowError):
        sentence = "From here on the file is not valid JSON in UTF-8; nothing after was read."
        yield row.bad(number + 1, row.Unreadable("row_not_json", sentence))


def _items(source: _Measured) -> Iterator[Any]:
    """Build the items of the list ourselves, since ijson's own builder has no limit of depth."""
    depth = 0
    builder = ijson.ObjectBuilder()
    for event, value in ijson.basic_parse(source, buf_size=_BUFFER_BYTES):
        opens, closes = event in ("start_map", "start_array"), event in ("end_map", "end_array")
        depth -= closes
        if depth == 1 and not closes:
            builder = ijson.ObjectBuilder()
        if depth > 0:
            builder.event(event, float(value) if isinstance(value, Decimal) else value)
        if depth == 1 and not opens:
            source.begin_row()
            yield builder.value
        depth += opens
        if depth > _DEPTH_MAX:
            sentence = f"This row is nested deeper than {_DEPTH_MAX}; nothing after was read."
            raise row.Unreadable("row_too_deep", sentence)


class _Measured:
    """Feed the JSON parser, and stop it before one row fills the memory."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._head = stream.read(_BUFFER_BYTES).removeprefix(codecs.BOM_UTF8)
        self._row_bytes = 0

    def starts_with(self, mark: bytes) -> bool:
        if not self._head.strip():
            row.refuse_empty()
        return self._head.lstrip().startswith(mark)

    def begin_row(self) -> None:
        self._row_bytes = 0

    def read(self, size: int) -> bytes:
        if size == 0:
            return b""
        data, self._head = self._head or self._stream.read(size), b""
        self._row_bytes += len(data)
        if self._row_bytes > row.ROW_BYTES_MAX + _BUFFER_BYTES:
            raise row.too_long()
        return data
