"""Read the rows of an uploaded file one at a time, whatever its size."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO

from kernel import errors
from marketplace.jobs.reading import json_list, lines, row
from marketplace.jobs.reading.row import Row, RowProblem

__all__ = ["Format", "Row", "RowProblem", "rows", "sniff"]

# Label Studio wraps each task's fields in "data"; a plain list holds the fields themselves.
_WRAPPED = re.compile(rb'"data"\s*:\s*\{')
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Format(StrEnum):
    """List the formats tasks are imported from."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    JSON = "json"
    LABEL_STUDIO = "label_studio"


def sniff(filename: str, first_bytes: bytes) -> Format:
    """Guess the format of a file from its name and its first few kilobytes."""
    start = first_bytes.removeprefix(codecs.BOM_UTF8).lstrip()
    if not start:
        row.refuse_empty()
    if start.startswith(b"["):
        return Format.LABEL_STUDIO if _WRAPPED.search(start) else Format.JSON
    if start.startswith(b"{"):
        return Format.JSONL
    if b"\0" in first_bytes and not first_bytes.startswith(_UTF16):
        sentence = "This is no text file. Please save it as CSV, TSV, JSON or JSON Lines first."
        raise errors.Refused("import_format_unknown", sentence)
    return Format.TSV if filename.lower().endswith((".tsv", ".tab")) else Format.CSV


def rows(stream: BinaryIO, file_format: Format) -> Iterator[Row]:
    """Yield each row of a binary stream in constant memory, with a problem where it is unreadable.

    Refuses a file that is not of the format at all, that is empty, or whose header is unusable.
    """
    is_empty = True
    for each in _reader(stream, file_format):
        is_empty = False
        yield each
    if is_empty:
        row.refuse_empty()


def _reader(stream: BinaryIO, file_format: Format) -> Iterator[Row]:
    if file_format is Format.JSONL:
        return lines.objects(stream)
    if file_format in (Format.JSON, Format.LABEL_STUDIO):
        return json_list.objects(stream, needs_data=file_format is Format.LABEL_STUDIO)
    return lines.separated(stream, "\t" if file_format is Format.TSV else ",;\t")
