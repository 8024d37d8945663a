"""Read the known answer of a check, or a prediction, from a column of an import."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from consensus.questions import Question

Questions = Mapping[str, Question]


class Malformed(Exception):
    """Say that a column names no control, or not as a known answer is written."""


def read(value: object, questions: Questions) -> dict[str, Any]:
    """Return answers by control; raise Malformed, or AnswerRefused with what is wrong.

    Written as {control: answer}, as the result items of Label Studio, or, where there is one
    control or one choice, as its answer alone. In the cell of a table all but a plain text is JSON.
    """
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        value = _loaded(value)
    if isinstance(value, list) and value and all(_is_item(each) for each in value):
        return _from_items(value, questions)
    if not isinstance(value, dict) or not value.keys() <= questions.keys():
        name = _meant(value, questions)
        value = {name: _plain(value, questions[name])}
    for name, answer in value.items():
        questions[name].kind.check(answer, questions[name].terms)
    return dict(value)


def _from_items(items: list[dict[str, Any]], questions: Questions) -> dict[str, Any]:
    values: dict[str, list[Any]] = {}
    for item in items:
        if item["from_name"] not in questions or not isinstance(item["value"], dict):
            raise Malformed
        values.setdefault(item["from_name"], []).append(item["value"])
    return {
        name: questions[name].kind.read(said, questions[name].terms)
        for name, said in values.items()
    }


def _is_item(each: object) -> bool:
    return isinstance(each, dict) and isinstance(each.get("from_name"), str) and "value" in each


def _meant(value: object, questions: Questions) -> str:
    """Return the control an answer alone is about: the only one, or the only choice."""
    choices = [name for name, question in questions.items() if question.name == "choice"]
    names = choices if len(choices) == 1 else list(questions)
    if len(names) != 1 or (isinstance(value, dict) and questions[names[0]].name != "groups"):
        raise Malformed
    return names[0]


def _plain(value: object, question: Question) -> object:
    """Read a cell: numbers as numbers, and everything else as the text it is."""
    if question.name in ("number", "rating"):
        return _loaded(value) if isinstance(value, str) else value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else value


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
