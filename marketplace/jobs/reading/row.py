"""Hold one row of an import as read, or what kept it from being read."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NoReturn

from kernel import errors
from marketplace.jobs.interface import parts

ROW_BYTES_MAX = 1024 * 1024
FIELD_BYTES_MAX = 64 * 1024
COLUMNS_MAX = 200
NAME_CHARACTERS_MAX = 200
DEPTH_MAX = 12
UTF8_BYTES_MAX = 4
_FLAT = frozenset({str, int, bool, type(None)})


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one row: where a person finds it, the field, a code and a sentence."""

    row: int
    field: str
    code: str
    sentence: str


@dataclass(frozen=True)
class Row:
    """One row as read: its data, or the problem that kept it from being read.

    `number` is the line it starts on, counted from 1 with the header (CSV, TSV, JSONL), or its
    place in the list (JSON).
    """

    number: int
    data: dict[str, Any] = field(default_factory=dict)
    problem: RowProblem | None = None


class Unreadable(Exception):
    """Carry the problem of one row past the library that was reading it."""

    def __init__(self, code: str, sentence: str, name: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.name = name


def bad(number: int, error: Unreadable) -> Row:
    """Return the row that stands for an unreadable one."""
    return Row(number, problem=RowProblem(number, error.name, error.code, error.sentence))


def too_long() -> Unreadable:
    """Return the problem of a row that would take too much memory."""
    return Unreadable("row_too_long", f"This row is longer than {ROW_BYTES_MAX // 1024} KB.")


def checked(number: int, data: dict[str, Any]) -> Row:
    """Return a row of these fields, or of the first that is too large or cannot be stored."""
    try:
        if not _is_plain(data):
            _check(data)
    except Unreadable as error:
        return bad(number, error)
    return Row(number, data)


def from_object(number: int, item: object, needs_data: bool = False) -> Row:
    """Return the row of one JSON object: its own fields, or those Label Studio keeps in "data"."""
    if not isinstance(item, dict):
        return bad(number, Unreadable("row_not_object", "Each task must be an object, {…}."))
    inner = item.get("data")
    if isinstance(inner, dict):
        reserved = {name: item[name] for name in item.keys() & parts.RESERVED_FIELDS}
        return checked(number, inner | _prediction(item) | reserved)
    if needs_data:
        sentence = 'Each Label Studio task must hold its fields in "data".'
        return bad(number, Unreadable("row_no_data", sentence, "data"))
    return checked(number, item)


def _prediction(item: dict[str, Any]) -> dict[str, Any]:
    predictions = item.get("predictions")
    if not isinstance(predictions, list) or not predictions:
        return {}
    first = predictions[0]
    return {"prediction": first.get("result") if isinstance(first, dict) else first}


def _is_plain(data: dict[str, Any]) -> bool:
    """Tell at a glance that _check would find nothing; it says no where it would have to look."""
    kinds = set(map(type, data.values()))
    if not (kinds <= _FLAT and len(data) <= COLUMNS_MAX and _are_plain(tuple(data))):
        return False
    texts = data.values() if kinds == {str} else [v for v in data.values() if type(v) is str]
    text = "".join(texts)
    if "\0" in text or len(text) * UTF8_BYTES_MAX > FIELD_BYTES_MAX:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


@lru_cache(maxsize=1_000)
def _are_plain(names: tuple[str, ...]) -> bool:
    """Tell whether the names of a file's columns, the same in row after row, can be kept."""
    return all(
        name.isascii() and name.isprintable() and len(name) <= NAME_CHARACTERS_MAX for name in names
    )


def _check(data: dict[str, Any]) -> None:
    if len(data) > COLUMNS_MAX:
        sentence = f"This row has {len(data)} fields; at most {COLUMNS_MAX} are allowed."
        raise Unreadable("row_columns", sentence)
    for place, (name, value) in enumerate(data.items(), start=1):
        if not (name.isascii() and name.isprintable() and len(name) <= NAME_CHARACTERS_MAX):
            _check_text(name, f"field {place}", NAME_CHARACTERS_MAX)
        if isinstance(value, str):
            _check_text(value, name, FIELD_BYTES_MAX)
            continue
        if isinstance(value, float) and not math.isfinite(value):
            raise Unreadable("field_not_finite", "This number is too large.", name)
        if _is_deeper(value, DEPTH_MAX):
            raise Unreadable("field_too_deep", f"This is nested deeper than {DEPTH_MAX}.", name)


def _is_deeper(value: object, depth: int) -> bool:
    inner = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    )
    return inner is not None and (depth == 0 or any(_is_deeper(each, depth - 1) for each in inner))


def _check_text(text: str, name: str, bytes_max: int) -> None:
    if len(text) <= bytes_max and text.isascii() and "\0" not in text:
        return  # nearly every text: nothing has to be encoded to know its size
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError:
        sentence = "This text holds half a character (a lone surrogate)."
        raise Unreadable("field_not_text", sentence, name) from None
    if "\0" in text:
        raise Unreadable("field_not_text", "This text holds a NUL character.", name)
    if size_bytes > bytes_max:
        sentence = f"This text has {size_bytes} bytes; at most {bytes_max} are allowed."
        raise Unreadable("field_too_long", sentence, name)


def refuse_empty() -> NoReturn:
    """Refuse a file without a single row."""
    raise errors.Refused("import_empty", "The file holds no tasks.")
