"""Say when a part of an interface is shown: `visibleWhen` and what it looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from marketplace.jobs.interface import tags
from marketplace.jobs.interface.tags import Node

CHOICE_SELECTED, CHOICE_UNSELECTED = "choice-selected", "choice-unselected"
REGION_SELECTED, NO_REGION_SELECTED = "region-selected", "no-region-selected"
KINDS = (CHOICE_SELECTED, CHOICE_UNSELECTED, REGION_SELECTED, NO_REGION_SELECTED)
OF_REGIONS = frozenset({REGION_SELECTED, NO_REGION_SELECTED})


@dataclass(frozen=True)
class Condition:
    """One condition: its kind, the control it looks at ("" for any), the classes that count."""

    kind: str
    control: str
    values: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the condition as the page's script reads it."""
        return asdict(self)


def of(node: Node) -> Condition | None:
    """Return the condition under which a tag is shown, None where it always is."""
    kind = node.get("visibleWhen")
    if not kind:
        return None
    if kind not in KINDS:
        sentence = f'{node.tag} does not support visibleWhen="{kind[:50]}" yet'
        code = "interface_attribute_unsupported"
        tags.refuse(code, sentence, node.line, tag=node.tag, attribute="visibleWhen")
    listed = node.get("whenLabelValue" if kind in OF_REGIONS else "whenChoiceValue")
    values = tuple(part.strip() for part in listed.split(",") if part.strip())
    return Condition(kind, node.get("whenTagName"), values)


def inherited(root: Node) -> Iterator[tuple[Node, tuple[Condition, ...]]]:
    """Yield every tag with all conditions that hold for it: its own and those around it."""

    def walk(
        node: Node, above: tuple[Condition, ...]
    ) -> Iterator[tuple[Node, tuple[Condition, ...]]]:
        own = of(node)
        found = (*above, own) if own else above
        yield node, found
        for child in node.children:
            yield from walk(child, found)

    return walk(root, ())


def check(root: Node, names: Mapping[str, Any]) -> None:
    """Refuse a condition on a control that the interface does not have."""
    for node, found in inherited(root):
        for condition in found[-1:]:
            if condition.control and condition.control not in names:
                sentence = f'{node.tag} waits for "{condition.control[:64]}", which is no control'
                tags.refuse("interface_condition_unknown", sentence, node.line)


def holds(condition: Condition, values: Mapping[str, object]) -> bool:
    """Tell whether a condition holds under the values given so far, by control.

    What depends on the region a person has selected is asked for as soon as there is one.
    """
    chosen = _chosen(condition, values)
    met = bool(chosen & set(condition.values)) if condition.values else bool(chosen)
    return met if condition.kind in {CHOICE_SELECTED, REGION_SELECTED} else not met


def _chosen(condition: Condition, values: Mapping[str, object]) -> set[str]:
    looked_at = [condition.control] if condition.control else list(values)
    found: set[str] = set()
    for name in looked_at:
        found |= set(_words(values.get(name)))
    return found


def _words(value: object) -> Iterator[str]:
    """Yield every class a value names: a choice, several, paths of a tree, or regions' classes."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _words(value.get("class", ""))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _words(one)
