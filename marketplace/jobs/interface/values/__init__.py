"""Kinds of answer an interface can ask for: which tag asks for which, and how each is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from consensus.questions import Question
from marketplace.jobs.interface import tags
from marketplace.jobs.interface.tags import Node
from marketplace.jobs.interface.values import items, limits, pointing, writing

if TYPE_CHECKING:
    from marketplace.jobs.interface.controls import Control

CHOICE = "choice"
_KIND_OF_TAG = {
    "Taxonomy": "taxonomy",
    "Rating": "rating",
    "Number": "number",
    "DateTime": "datetime",
    "TextArea": "text",
    "Pairwise": "pairwise",
    "HyperTextLabels": "spans",
    "TimeSeriesLabels": "segments",
    "VideoRectangle": "tracks",
}
_KIND_OF_SHAPE = {
    "Rectangle": "boxes",
    "Polygon": "polygons",
    "Ellipse": "ellipses",
    "KeyPoint": "points",
    "Brush": "masks",
}
_BOUNDS = {
    "Choices": ("choice",),
    "Labels": ("choice", "granularity"),
    "Taxonomy": ("leafsOnly", "maxUsages"),
    "Rating": ("maxRating",),
    "Number": ("min", "max", "step"),
    "DateTime": ("only", "min", "max"),
    "TextArea": ("maxSubmissions", "rows", "placeholder"),
}
_WHOLE = frozenset({"maxUsages", "maxRating", "maxSubmissions", "rows"})
_WHOLE_MAX = 100
# What changes how a question looks, not what its answers mean.
LOOKS = frozenset({"granularity", "step", "rows", "placeholder"})


def read(control: Control, value: object, shown: object) -> Any:
    """Return what a result item's value says under its control: of a mark, a list of regions.

    Raise Wrong, or the refusal of its kind, if it is no answer. `shown` is what the task shows in
    the control's object, or None where that is not at hand.
    """
    kept = items.checked(control, value)
    asked = question(control)
    found = asked.kind.read([kept], asked.terms)
    pointing.check(control.kind, found, kept, shown)
    return found


def write(control: Control, value: Any, shown: object) -> list[dict[str, Any]]:
    """Return the result items that say a value under its control."""
    return writing.items(control, value, shown)


def words(value: Any) -> str:
    """Return a value of any kind in a few words."""
    return writing.words(value)


def question(control: Control) -> Question:
    """Return the kind of answer a control asks for, with what it allows."""
    return Question(control.kind, limits.terms(control))


def kind_of(node: Node, about: Sequence[str]) -> str:
    """Return the kind of answer a control asks for; `about` are the kinds of its objects."""
    if node.tag == "Choices":
        return "choices" if node.get("choice") == "multiple" else CHOICE
    if node.tag == "Labels":
        return "segments" if set(about) & {"audio", "video"} else "spans"
    if node.tag == "Ranker":
        return "groups" if node.children else "ranking"
    return _KIND_OF_TAG.get(node.tag) or _KIND_OF_SHAPE[node.tag.removesuffix("Labels")]


def needs_options(node: Node) -> bool:
    """Tell whether a control says nothing without classes."""
    return node.tag in tags.REGION_LABELS | {"Choices", "Taxonomy"}


def bounds(node: Node) -> Mapping[str, str]:
    """Return the attributes of a control that bound its answers."""
    names = _BOUNDS.get(node.tag, _BOUNDS["Labels"] if node.tag in tags.REGION_LABELS else ())
    return MappingProxyType({name: node.get(name) for name in names if node.get(name)})


def check_bounds(node: Node) -> None:
    """Refuse a bound that cannot be read."""
    for name, given in bounds(node).items():
        try:
            _check_bound(node.tag, name, given)
        except ValueError:
            sentence = f'{node.tag} has {name}="{given[:50]}", which cannot be read'
            tags.refuse("interface_bound_invalid", sentence, node.line, attribute=name)


def _check_bound(tag: str, name: str, given: str) -> None:
    if name in _WHOLE and not 1 <= int(given) <= _WHOLE_MAX:
        raise ValueError
    if tag == "Number":
        float(given)
    if tag == "DateTime" and name in {"min", "max"}:
        date.fromisoformat(given[:10])
