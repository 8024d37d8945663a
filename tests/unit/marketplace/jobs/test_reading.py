"""How rows are read from every format, and what a broken file says."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Refused
from marketplace.jobs import reading
from marketplace.jobs.reading import Format, Row

# Any text a database can hold: no lone surrogates, no NUL.
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
NAMES = st.lists(
    st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=8).filter(
        lambda name: name == name.strip() and name != "data"
    ),
    min_size=1,
    max_size=5,
    unique=True,
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    header = draw(NAMES)
    one_row = st.lists(WORDS, min_size=len(header), max_size=len(header))
    return header, draw(st.lists(one_row, min_size=1, max_size=8))


def read(content: bytes, file_format: Format) -> list[Row]:
    return list(reading.rows(io.BytesIO(content), file_format))


def codes(found: list[Row]) -> list[tuple[int, str]]:
    return [(row.number, row.problem.code if row.problem else "") for row in found]


def refusal_of(content: bytes, file_format: Format) -> str:
    with pytest.raises(Refused) as caught:
        read(content, file_format)
    return caught.value.code


@given(tables(), st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_a_table_comes_back_from_csv_as_it_was_written(
    table: tuple[list[str], list[list[str]]], delimiter: str, line_end: str, has_mark: bool
) -> None:
    header, values = table
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([header, *values])
    content = text.getvalue().encode("utf-8-sig" if has_mark else "utf-8")
    found = read(content, Format.TSV if delimiter == "\t" else Format.CSV)
    assert [row.data for row in found] == [dict(zip(header, row, strict=True)) for row in values]


@given(tables())
def test_a_table_comes_back_from_json_and_json_lines_as_it_was_written(
    table: tuple[list[str], list[list[str]]],
) -> None:
    header, values = table
    wanted: list[dict[str, Any]] = [dict(zip(header, row, strict=True)) for row in values]
    as_lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in wanted)
    as_list = json.dumps(wanted, indent=1)
    wrapped = json.dumps([{"id": 1, "data": row, "predictions": []} for row in wanted])
    for text, kind in (
        (as_lines, Format.JSONL),
        (as_list, Format.JSON),
        (wrapped, Format.LABEL_STUDIO),
    ):
        assert [row.data for row in read(text.encode(), kind)] == wanted
        assert reading.sniff("tasks", text.encode()) is kind


@given(st.binary(max_size=400), st.sampled_from(Format), st.sampled_from([b"", b"[", b'{"a":']))
def test_random_bytes_are_refused_or_reported_and_never_crash(
    content: bytes, file_format: Format, start: bytes
) -> None:
    try:
        for row in read(start + content, file_format):
            assert (row.problem is None) or row.problem.sentence
            assert row.number >= 1
    except Refused as error:
        assert error.code.startswith("import_")


def test_a_csv_row_is_numbered_by_the_line_it_begins_on() -> None:
    found = read(b'a,b\n1,"two\nlines"\n\n3,4\n', Format.CSV)
    assert [(row.number, row.data) for row in found] == [
        (2, {"a": "1", "b": "two\nlines"}),
        (5, {"a": "3", "b": "4"}),
    ]


def test_reading_goes_on_after_a_bad_csv_row() -> None:
    content = b'a,b\n1\n2,\xff\n3,"x"y\n4,' + b"x" * 65_537 + b"\n5,\0\n6,ok\n"
    assert codes(read(content, Format.CSV)) == [
        (2, "row_columns"),
        (3, "row_not_utf8"),
        (4, "row_malformed"),
        (5, "field_too_long"),
        (6, "field_not_text"),
        (7, ""),
    ]


def test_a_quote_left_open_costs_the_rows_it_swallows_and_no_more() -> None:
    content = b'a,b\n1,"open\n' + b"2,fine\n" * 40_000
    found = read(content, Format.CSV)
    assert found[0].problem and found[0].problem.code == "row_malformed"
    assert len([row for row in found if row.problem is None]) > 10_000


def test_a_line_without_end_is_skipped_without_holding_it() -> None:
    content = b"a,b\n1," + b"x" * 3_000_000 + b"\n2,ok\n"
    assert codes(read(content, Format.CSV)) == [(2, "row_too_long"), (3, "")]
    content = b'{"a":"' + b"x" * 3_000_000 + b'"}\n{"a":1}\n'
    assert codes(read(content, Format.JSONL)) == [(1, "row_too_long"), (2, "")]


def test_a_record_of_endless_quoted_lines_is_stopped() -> None:
    content = b'a,b\nx,"y\n' + b'","y\n' * 300_000 + b"z\n"
    assert "row_too_long" in [code for _, code in codes(read(content, Format.CSV))]


def test_reading_goes_on_after_a_bad_line_of_json() -> None:
    lines = [
        b'{"a": 1}',
        b"",
        b'{"a": }',
        b"[1]",
        b'{"a": NaN}',
        b'{"a": "\\ud800"}',
        b'{"a": 1e999}',
        b'{"a": ' + b"[" * 100_000,
        b'{"a": ' + b"[" * 50 + b"]" * 50 + b"}",
        b'{"a": "\xff"}',
        b'{"a": 2}',
    ]
    assert codes(read(b"\n".join(lines), Format.JSONL)) == [
        (1, ""),
        (3, "row_not_json"),
        (4, "row_not_object"),
        (5, "row_not_json"),
        (6, "field_not_text"),
        (7, "field_not_finite"),
        (8, "row_not_json"),
        (9, "field_too_deep"),
        (10, "row_not_utf8"),
        (11, ""),
    ]


def test_a_json_list_is_read_up_to_the_first_mistake_in_its_syntax() -> None:
    content = b'[{"a": 1}, 2, {"a": 1e999}, {"a": 12345678901234567890123}, {"a": }, {"a": 3}]'
    assert codes(read(content, Format.JSON)) == [
        (1, ""),
        (2, "row_not_object"),
        (3, "field_not_finite"),
        (4, ""),
        (5, "row_not_json"),
    ]


def test_a_json_list_nested_without_end_or_with_a_huge_row_is_stopped() -> None:
    assert codes(read(b"[" * 1_000_000, Format.JSON)) == [(1, "row_too_deep")]
    content = b'[{"a": 1}, {"a": "' + b"x" * 3_000_000 + b'"}]'
    assert codes(read(content, Format.JSON)) == [(1, ""), (2, "row_too_long")]


def test_a_label_studio_task_brings_its_prediction_and_reserved_columns() -> None:
    items = [{"from_name": "c", "value": {"choices": ["x"]}}]
    task = {"data": {"text": "hi"}, "predictions": [{"result": items}], "external_id": "e1"}
    (row,) = read(json.dumps([task]).encode(), Format.LABEL_STUDIO)
    assert row.data == {"text": "hi", "prediction": items, "external_id": "e1"}


def test_a_label_studio_task_without_data_is_reported() -> None:
    assert codes(read(b'[{"text": "hi"}]', Format.LABEL_STUDIO)) == [(1, "row_no_data")]


@pytest.mark.parametrize(
    ("content", "file_format", "code"),
    [
        (b"", Format.CSV, "import_empty"),
        (b"\n \n", Format.CSV, "import_empty"),
        (b"a,b\n", Format.CSV, "import_empty"),
        (b"a,,c\n1,2,3\n", Format.CSV, "import_header_empty"),
        (b"a,b,a\n1,2,3\n", Format.CSV, "import_header_duplicate"),
        (b"\xff,b\n1,2\n", Format.CSV, "import_header_unreadable"),
        (b"a,b\r1,2\r", Format.CSV, "import_header_unreadable"),
        (b'"a,b\n1,2\n', Format.CSV, "import_header_unreadable"),
        (",".join(f"c{n}" for n in range(201)).encode(), Format.CSV, "import_too_many_columns"),
        ("a,b\n1,2\n".encode("utf-16"), Format.CSV, "import_not_utf8"),
        (b"", Format.JSONL, "import_empty"),
        (b"a,b\n1,2\n", Format.JSONL, "import_not_jsonl"),
        (b" ", Format.JSON, "import_empty"),
        (b"[]", Format.JSON, "import_empty"),
        (b'{"a": 1}', Format.JSON, "import_not_json_list"),
    ],
)
def test_a_file_that_is_not_of_its_format_at_all_is_refused(
    content: bytes, file_format: Format, code: str
) -> None:
    assert refusal_of(content, file_format) == code


@pytest.mark.parametrize(
    ("filename", "start", "file_format"),
    [
        ("a.csv", b"text,label\n", Format.CSV),
        ("a.TSV", b"text\tlabel\n", Format.TSV),
        ("a.txt", b"text\tlabel\n", Format.CSV),
        ("a.json", b'\xef\xbb\xbf [\n {"text": "data"}', Format.JSON),
        ("a.json", b'[{"id": 1, "data": {"text": 1}}', Format.LABEL_STUDIO),
        ("a.json", b'{"text": 1}\n', Format.JSONL),
    ],
)
def test_the_format_is_guessed_from_content_before_the_name(
    filename: str, start: bytes, file_format: Format
) -> None:
    assert reading.sniff(filename, start) is file_format


@pytest.mark.parametrize(
    ("start", "code"), [(b"  ", "import_empty"), (b"PK\3\4\0\0", "import_format_unknown")]
)
def test_a_file_that_is_empty_or_no_text_has_no_format(start: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        reading.sniff("a.xlsx", start)
    assert caught.value.code == code


class Endless(io.RawIOBase):
    """Make up a file of so many bytes while it is read."""

    def __init__(self, opening: bytes, line: bytes, size_bytes: int) -> None:
        super().__init__()
        self._rest = opening
        self._line = line
        self._left_bytes = size_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while len(self._rest) < len(buffer) and self._left_bytes > 0:
            self._rest += self._line
            self._left_bytes -= len(self._line)
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


def peak_bytes(found: Iterator[Row]) -> tuple[int, int]:
    tracemalloc.start()
    try:
        count = sum(row.problem is None for row in found)
        return count, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("file_format", "opening", "line"),
    [
        (Format.JSONL, b"", b'{"text": "' + b"x" * 5000 + b'", "n": 1}\n'),
        (Format.CSV, b"text,n\n", b'"' + b"x" * 5000 + b'",1\n'),
        (Format.JSON, b'[{"text":"","n":1}', b',{"text": "' + b"x" * 5000 + b'", "n": 1}\n'),
    ],
)
def test_a_large_file_is_read_in_little_memory(
    file_format: Format, opening: bytes, line: bytes
) -> None:
    stream = io.BufferedReader(Endless(opening, line, 50_000_000))
    count, peak = peak_bytes(reading.rows(cast(BinaryIO, stream), file_format))
    assert count >= 50_000_000 // len(line)
    assert peak < 20_000_000
