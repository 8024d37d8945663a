"""Relations: arrows between two marks of an answer, with what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.jobs.interface.tags import Node
from marketplace.jobs.interface.values import wrong

TYPE = "relation"
# Beside the controls' names, none of which begins with a bracket.
NAME = "(relations)"
DIRECTIONS = ("right", "left", "bi")
LABELS_MAX = 10
_KEYS = frozenset({"type", "from_id", "to_id"})
_MORE = frozenset({"direction", "labels", "id"})


def declared(nodes: Sequence[Node]) -> tuple[str, ...] | None:
    """Return what relations may be called, or None where an interface asks for none."""
    found = [node for node in nodes if node.tag == "Relations"]
    if not found:
        return None
    return tuple(child.get("value") for node in found for child in node.children)


def read(
    classes: Sequence[str] | None, item: Mapping[str, Any], marks: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a relation with the marks it joins; raise Wrong if it joins nothing."""
    if classes is None:
        wrong.refuse("answer_relation_not_asked", "joins two marks, which this interface lacks")
    item = wrong.keys(dict(item), _KEYS, _MORE)
    ends = [item["from_id"], item["to_id"]]
    if not all(isinstance(end, str) and end in marks for end in ends):
        wrong.refuse("answer_relation_end_unknown", "joins a mark that is not in this answer")
    if ends[0] == ends[1]:
        wrong.refuse("answer_relation_to_itself", "joins a mark with itself")
    if item.get("direction", "right") not in DIRECTIONS:
        wrong.refuse("answer_malformed", f"needs direction to be one of {', '.join(DIRECTIONS)}")
    labels = wrong.words({"labels": [], **item}, "labels", LABELS_MAX)
    for each in labels:
        if each not in classes:
            wrong.refuse("answer_class_unknown", f"is called {wrong.said(each)}, which is no class")
    first, second = (marks[end] for end in ends)
    direction = item.get("direction", "right")
    return {"from": first, "to": second, "direction": direction, "labels": labels}
