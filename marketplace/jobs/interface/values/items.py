"""What a result item of each control may hold in its value, before its kind reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from marketplace.jobs.interface.values import wrong

if TYPE_CHECKING:
    from marketplace.jobs.interface.controls import Control

TEXTS_MAX = 100
CHANNEL_MAX = 64
_NEEDED: Mapping[str, frozenset[str]] = {
    "choice": frozenset({"choices"}),
    "choices": frozenset({"choices"}),
    "taxonomy": frozenset({"taxonomy"}),
    "rating": frozenset({"rating"}),
    "number": frozenset({"number"}),
    "datetime": frozenset({"datetime"}),
    "text": frozenset({"text"}),
    "pairwise": frozenset({"selected"}),
    "ranking": frozenset({"ranker"}),
    "groups": frozenset({"ranker"}),
    "spans": frozenset({"start", "end", "text"}),
    "segments": frozenset({"start", "end"}),
    "boxes": frozenset({"x", "y", "width", "height"}),
    "ellipses": frozenset({"x", "y", "radiusX", "radiusY"}),
    "polygons": frozenset({"points"}),
    "points": frozenset({"x", "y"}),
    "masks": frozenset({"rle"}),
    "tracks": frozenset({"sequence"}),
}
_MORE: Mapping[str, frozenset[str]] = {
    "spans": frozenset({"startOffset", "endOffset", "globalOffsets"}),
    "segments": frozenset({"channel", "instant"}),
    "boxes": frozenset({"rotation"}),
    "ellipses": frozenset({"rotation"}),
    "polygons": frozenset({"closed"}),
    "points": frozenset({"width"}),
    "masks": frozenset({"format"}),
    "tracks": frozenset({"framesCount", "duration"}),
}


def checked(control: Control, value: object) -> dict[str, Any]:
    """Return a value that holds what its control asks for and nothing else; raise Wrong."""
    classes = {control.class_key} if control.marks_regions and control.options else set()
    kept = wrong.keys(value, _NEEDED[control.kind] | classes, _MORE.get(control.kind, frozenset()))
    if control.kind in ("choice", "choices", "taxonomy"):
        _check_chosen(control, next(iter(kept.values())))
    elif control.kind == "text":
        _check_texts(control, kept["text"])
    elif kept.get("format", "rle") != "rle":
        wrong.refuse("answer_malformed", "needs its mask packed in the format rle")
    elif "channel" in kept:
        wrong.number(kept, "channel", 0, CHANNEL_MAX)
    return kept


def _check_chosen(control: Control, chosen: object) -> None:
    if not isinstance(chosen, list) or not chosen:
        wrong.refuse("answer_malformed", "needs a list with one class or more")
    if control.kind == "choice" and len(chosen) > 1:
        sentence = f'chooses {len(chosen)} classes, but "{control.name}" takes one'
        wrong.refuse("answer_choices_several", sentence)


def _check_texts(control: Control, given: object) -> None:
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        wrong.refuse("answer_malformed", "needs text to be a list of texts")
    most = int(control.bounds.get("maxSubmissions", "") or TEXTS_MAX)
    if len(texts) > most:
        wrong.refuse("answer_too_many", f"holds {len(texts)} texts; at most {most} are allowed")
    if not texts or not all(each.strip() for each in texts):
        wrong.refuse("answer_text_empty", "holds an empty text")
