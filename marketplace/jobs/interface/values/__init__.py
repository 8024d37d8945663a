"""Kinds of answer an interface can ask for: which tag asks for which, and how each is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from marketplace.jobs.interface import tags
from marketplace.jobs.interface.tags import Node
from marketplace.jobs.interface.values import classes, marks, orders, scalars, shapes

if TYPE_CHECKING:
    from marketplace.jobs.interface.controls import Control

# Takes the control, the item's value and what its object shows (None where nobody knows).
Read = Callable[["Control", object, object], Any]

CHOICE = "choice"
_READ: Mapping[str, Read] = {
    CHOICE: classes.one,
    "choices": classes.several,
    "taxonomy": classes.paths,
    "rating": scalars.rating,
    "number": scalars.number,
    "datetime": scalars.moment,
    "text": scalars.texts,
    "pairwise": orders.side,
    "ranking": orders.ranking,
    "spans": marks.span,
    "segments": marks.segment,
    "boxes": shapes.box,
    "polygons": shapes.polygon,
    "ellipses": shapes.ellipse,
    "points": shapes.point,
}
_KIND_OF_TAG = {
    "Taxonomy": "taxonomy",
    "Rating": "rating",
    "Number": "number",
    "DateTime": "datetime",
    "TextArea": "text",
    "Pairwise": "pairwise",
    "Ranker": "ranking",
    "HyperTextLabels": "spans",
}
_KIND_OF_SHAPE = {
    "Rectangle": "boxes",
    "Polygon": "polygons",
    "Ellipse": "ellipses",
    "KeyPoint": "points",
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
    """Return what a result item's value says under its control; raise Wrong if it is no answer.

    `shown` is what the task shows in the control's object, or None where that is not at hand.
    """
    return _READ[control.kind](control, value, shown)


def kind_of(node: Node, about: Sequence[str]) -> str:
    """Return the kind of answer a control asks for; `about` are the kinds of its objects."""
    if node.tag == "Choices":
        return "choices" if node.get("choice") == "multiple" else CHOICE
    if node.tag == "Labels":
        return "segments" if set(about) & {"audio", "video"} else "spans"
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
