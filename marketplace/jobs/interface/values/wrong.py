"""Say what is wrong with the value of a result item, and read the numbers in one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Set
from typing import Any, NoReturn

SAID_CHARACTERS_MAX = 60


class Wrong(Exception):
    """A value that is no answer: a stable code, and what the item does as the end of a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def refuse(code: str, sentence: str) -> NoReturn:
    """Refuse a value."""
    raise Wrong(code, sentence)


def said(value: object) -> str:
    """Quote what was sent, short enough for a sentence."""
    return json.dumps(value, ensure_ascii=False, default=str)[:SAID_CHARACTERS_MAX]


def keys(value: object, needed: Set[str], allowed: Set[str] = frozenset()) -> dict[str, Any]:
    """Return a value that is an object with all keys needed, and no others than those allowed."""
    if not isinstance(value, dict):
        refuse("answer_malformed", f"needs value to be an object with {', '.join(sorted(needed))}")
    for key in value.keys() - needed - allowed:
        sentence = f"holds something in its value that is no part of it: {said(key)}"
        refuse("answer_malformed", sentence)
    for key in sorted(needed - value.keys()):
        refuse("answer_malformed", f"lacks {key} in its value")
    return value


def number(value: Mapping[str, Any], key: str, least: float, most: float) -> float:
    """Return a number of a value, or refuse one that is none or out of bounds (both included)."""
    given = value[key]
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        refuse("answer_malformed", f"needs {key} to be a number")
    if not least <= given <= most:
        sentence = f"needs {key} between {least:g} and {most:g}, not {said(given)}"
        refuse("answer_out_of_range", sentence)
    return given


def words(value: Mapping[str, Any], key: str, most: int) -> list[str]:
    """Return a list of texts of a value, or refuse what is none or longer than `most`."""
    given = value[key]
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        refuse("answer_malformed", f"needs {key} to be a list of texts")
    if len(given) > most:
        refuse("answer_too_many", f"holds {len(given)} {key}; at most {most} are allowed")
    return given
