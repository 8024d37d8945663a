"""Answers that compare: which of two, or in what order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from marketplace.jobs.interface.values import wrong

if TYPE_CHECKING:
    from marketplace.jobs.interface.controls import Control

SIDES = ("left", "right")
UNSORTED = "_"


def side(_control: Control, value: object, _shown: object) -> str:
    """Return the side preferred: `left` or `right`."""
    given = wrong.keys(value, {"selected"})["selected"]
    if given not in SIDES:
        wrong.refuse("answer_malformed", 'needs selected to be "left" or "right"')
    return str(given)


def ranking(control: Control, value: object, shown: object) -> dict[str, list[str]]:
    """Return the items in each bucket, best first; every item shown stands exactly once."""
    given = wrong.keys(value, {"ranker"})["ranker"]
    buckets = {*control.classes, UNSORTED} if control.options else {control.name}
    if not isinstance(given, Mapping) or not set(given) <= buckets:
        names = ", ".join(sorted(buckets))
        wrong.refuse("answer_malformed", f"needs ranker to hold lists named {names}")
    placed = [item for name in given for item in wrong.words(given, name, len(given[name]))]
    if len(set(placed)) < len(placed):
        wrong.refuse("answer_item_repeated", "places the same item twice")
    wanted = item_ids(shown) if shown is not None else placed
    if set(placed) - set(wanted):
        sentence = f"places {wrong.said(sorted(set(placed) - set(wanted)))}, which are not shown"
        wrong.refuse("answer_item_unknown", sentence)
    if set(wanted) - set(placed):
        wrong.refuse("answer_item_missing", f"leaves {len(set(wanted) - set(placed))} items out")
    return {name: list(given[name]) for name in sorted(given)}


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


def _body(item: Mapping[str, Any]) -> str:
    return str(item.get("body", item.get("text", "")))
