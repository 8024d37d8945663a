"""Compare an answer with what its task shows: the words it marks, the items it sorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from marketplace.jobs.interface.values import wrong


def check(kind: str, value: Any, item: Mapping[str, Any], shown: object) -> None:
    """Raise Wrong where a value points at what is not shown; where nobody knows, nothing is.

    `value` is what the kind read from the value of the result item.
    """
    if kind == "spans" and isinstance(shown, str):
        for region in value:
            _check_words(shown, region, item["text"])
    if kind in ("ranking", "groups") and shown is not None:
        lists = [value] if kind == "ranking" else value.values()
        _check_items([each for placed in lists for each in placed], item_ids(shown))


def _check_words(shown: str, region: Mapping[str, Any], told: object) -> None:
    found = shown[region["start"] : region["end"]]
    if region["end"] > len(shown):
        wrong.refuse("answer_span_outside", "ends behind the end of the text")
    if not found.strip():
        wrong.refuse("answer_span_empty", "marks blanks only")
    if found != told:
        sentence = f"says it marks {wrong.said(told)}, but there stands {wrong.said(found)}"
        wrong.refuse("answer_span_differs", sentence)


def _check_items(placed: Sequence[str], wanted: Sequence[str]) -> None:
    if set(placed) - set(wanted):
        sentence = f"places {wrong.said(sorted(set(placed) - set(wanted)))}, which are not shown"
        wrong.refuse("answer_item_unknown", sentence)
    if set(wanted) - set(placed):
        wrong.refuse("answer_item_missing", f"leaves {len(set(wanted) - set(placed))} items out")


def item_ids(shown: object) -> list[str]:
    """Return the ids of the items of a list: their own, else their place counted from 0."""
    return [str(item["id"]) for item in items(shown)]


def items(shown: object) -> list[dict[str, Any]]:
    """Return the items of a list as objects with id, title and body."""
    if not isinstance(shown, Sequence) or isinstance(shown, str):
        return []
    return [
        {"id": str(each.get("id", place)), "title": each.get("title", ""), "body": _body(each)}
        if isinstance(each, Mapping)
        else {"id": str(place), "title": "", "body": str(each)}
        for place, each in enumerate(shown)
    ]


def text_of(html: str) -> str:
    """Return the text of sanitised HTML as the page counts it."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _body(item: Mapping[str, Any]) -> str:
    return str(item.get("body", item.get("text", "")))
