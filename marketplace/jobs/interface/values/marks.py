"""Answers that mark stretches: characters of a text, seconds of a recording."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from marketplace.jobs.interface.values import wrong

if TYPE_CHECKING:
    from marketplace.jobs.interface.controls import Control

SECONDS_MAX = 86_400
CHARACTERS_MAX = 1_000_000
LABELS_MAX = 10
_PLACES = frozenset({"startOffset", "endOffset", "globalOffsets"})


def span(control: Control, value: object, shown: object) -> dict[str, Any]:
    """Return a stretch of a text: start, end (code points), its words and its classes."""
    key = control.type
    value = wrong.keys(value, {"start", "end", "text", key}, _PLACES)
    offsets = value.get("globalOffsets", value)
    if not isinstance(offsets, dict) or not {"start", "end"} <= offsets.keys():
        wrong.refuse("answer_malformed", "needs globalOffsets to hold start and end")
    start = int(wrong.number(offsets, "start", 0, CHARACTERS_MAX))
    end = int(wrong.number(offsets, "end", 0, CHARACTERS_MAX))
    if end <= start:
        wrong.refuse("answer_span_empty", "marks nothing: its end must come after its start")
    if isinstance(shown, str):
        _check_words(shown[start:end], value["text"], end > len(shown))
    return {"start": start, "end": end, "text": value["text"], "labels": labels(control, value)}


def segment(control: Control, value: object, _shown: object) -> dict[str, Any]:
    """Return a stretch of a recording: start and end in seconds, and its classes."""
    value = wrong.keys(value, {"start", "end", "labels"}, {"channel"})
    start = wrong.number(value, "start", 0, SECONDS_MAX)
    end = wrong.number(value, "end", 0, SECONDS_MAX)
    if end <= start:
        wrong.refuse("answer_span_empty", "marks nothing: its end must come after its start")
    if "channel" in value:
        wrong.number(value, "channel", 0, 64)
    return {"start": start, "end": end, "labels": labels(control, value)}


def labels(control: Control, value: dict[str, Any]) -> list[str]:
    """Return the classes of a mark: one, or several where its control says so."""
    given = wrong.words(value, control.type, LABELS_MAX)
    for each in given:
        if each not in control.classes:
            sentence = f'is marked as {wrong.said(each)}, which is no class of "{control.name}"'
            wrong.refuse("answer_class_unknown", sentence)
    if not given or (len(given) > 1 and control.bounds.get("choice") != "multiple"):
        sentence = f'needs one class of "{control.name}", not {len(given)}'
        wrong.refuse("answer_choices_several", sentence)
    return [each for each in control.classes if each in given]


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


def _check_words(found: str, told: object, is_beyond: bool) -> None:
    if is_beyond:
        wrong.refuse("answer_span_outside", "ends behind the end of the text")
    if not found.strip():
        wrong.refuse("answer_span_empty", "marks blanks only")
    if found != told:
        sentence = f"says it marks {wrong.said(told)}, but there stands {wrong.said(found)}"
        wrong.refuse("answer_span_differs", sentence)
