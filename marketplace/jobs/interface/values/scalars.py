"""Answers that are one number, one moment, or some text."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from marketplace.jobs.interface.values import wrong

if TYPE_CHECKING:
    from marketplace.jobs.interface.controls import Control

RATING_MAX = 5
NUMBER_MAX = 1e15
TEXTS_MAX = 100
TEXT_CHARACTERS_MAX = 10_000


def rating(control: Control, value: object, _shown: object) -> int:
    """Return the number of stars, from 1."""
    most = int(control.bounds.get("maxRating", "") or RATING_MAX)
    given = wrong.number(wrong.keys(value, {"rating"}), "rating", 1, most)
    if given != int(given):
        wrong.refuse("answer_out_of_range", "needs rating to be a whole number")
    return int(given)


def number(control: Control, value: object, _shown: object) -> float:
    """Return the number, within the bounds of its control."""
    least = float(control.bounds.get("min", "") or -NUMBER_MAX)
    most = float(control.bounds.get("max", "") or NUMBER_MAX)
    return wrong.number(wrong.keys(value, {"number"}), "number", least, most)


def moment(control: Control, value: object, _shown: object) -> str:
    """Return a date, or a date and time, in ISO form, within the bounds of its control."""
    given = wrong.keys(value, {"datetime"})["datetime"]
    has_time = "time" in (control.bounds.get("only", "") or "date")
    try:
        if not isinstance(given, str):
            raise ValueError
        kept = datetime.fromisoformat(given) if has_time else date.fromisoformat(given)
    except ValueError:
        example = "2026-11-22T09:30" if has_time else "2026-11-22"
        wrong.refuse("answer_malformed", f"needs datetime to be written like {example}")
    least, most = control.bounds.get("min", ""), control.bounds.get("max", "")
    day = kept.isoformat()[:10]
    if (least and day < least[:10]) or (most and day > most[:10]):
        bounds = " and ".join(bound for bound in (least, most) if bound)
        wrong.refuse("answer_out_of_range", f"lies outside what is asked for: {bounds}")
    return given


def texts(control: Control, value: object, _shown: object) -> list[str]:
    """Return the texts written, none of them empty."""
    value = wrong.keys(value, {"text"})
    if isinstance(value["text"], str):
        value = {"text": [value["text"]]}
    most = int(control.bounds.get("maxSubmissions", "") or TEXTS_MAX)
    given = wrong.words(value, "text", most)
    if not given or not all(each.strip() for each in given):
        wrong.refuse("answer_text_empty", "holds an empty text")
    for each in given:
        if len(each) > TEXT_CHARACTERS_MAX:
            sentence = f"holds a text of more than {TEXT_CHARACTERS_MAX} characters"
            wrong.refuse("answer_text_too_long", sentence)
        if "\0" in each:
            wrong.refuse("answer_malformed", "holds a character that is no text")
    return given
