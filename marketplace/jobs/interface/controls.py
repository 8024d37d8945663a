"""Build the questions of an interface from its tags: what is asked, about what, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.jobs.interface import conditions, options, parts, tags, values
from marketplace.jobs.interface.conditions import Condition
from marketplace.jobs.interface.options import Option
from marketplace.jobs.interface.parts import ObjectTag
from marketplace.jobs.interface.tags import Node

# Which kinds of object each control can be about; those absent here take any.
_SHAPES = frozenset({"image"})
_ABOUT = {
    "Labels": frozenset({"text", "html", "audio", "video"}),
    "HyperTextLabels": frozenset({"html", "text"}),
    "Ranker": frozenset({"list"}),
    "TimeSeriesLabels": frozenset({"series"}),
    "VideoRectangle": frozenset({"video"}),
}
_TRACKING = "VideoRectangle"


@dataclass(frozen=True)
class Control:
    """One question: its kind of answer, the object it is about and the classes to choose from.

    `bounds` are the attributes that limit an answer; it is asked only while all `conditions` hold,
    and once for each region where `is_per_region`.
    """

    name: str
    kind: str
    to_name: str
    options: tuple[Option, ...]
    required: bool
    required_message: str
    line: int
    tag: str
    type: str
    bounds: Mapping[str, str]
    conditions: tuple[Condition, ...] = ()
    is_per_region: bool = False

    @property
    def marks_regions(self) -> bool:
        """Tell whether an answer may hold many marks on its object, or one value."""
        return self.tag in tags.REGIONS

    @property
    def class_key(self) -> str:
        """Return the key under which a mark holds its classes: its type, but for tracks."""
        return "labels" if self.tag == _TRACKING else self.type

    @property
    def classes(self) -> tuple[str, ...]:
        """Return what answers may store, in the order shown."""
        return tuple(option.value for option in self.options)


def read(root: Node, nodes: Sequence[Node], objects: Mapping[str, ObjectTag]) -> dict[str, Control]:
    """Return the controls among the tags of an interface, by name."""
    offered = _offered(nodes)
    by_name: dict[str, Control] = {}
    for node, found in conditions.inherited(root):
        if node.tag in tags.CONTROLS and not lends(node, nodes):
            about = _check_about(node, objects)
            lenders = [each for each in nodes if lends(each, nodes) and _same_object(each, node)]
            taken = lenders[0] if lenders and node.tag == _TRACKING else node
            by_name[node.get("name")] = _control(node, found, offered[taken.get("name")], about)
    conditions.check(root, by_name)
    return by_name


def lends(node: Node, nodes: Sequence[Node]) -> bool:
    """Tell whether labels are the classes of boxes that move through the same film."""
    moving = [each for each in nodes if each.tag == _TRACKING]
    return node.tag == "Labels" and any(_same_object(node, each) for each in moving)


def _same_object(one: Node, other: Node) -> bool:
    return one.get("toName") == other.get("toName")


def _offered(nodes: Sequence[Node]) -> dict[str, tuple[Option, ...]]:
    """Return the classes written inside each control, by its name."""
    keys = iter(options.hotkeys(nodes))
    offered: dict[str, tuple[Option, ...]] = {}
    marking = 0
    for node in nodes:
        if node.tag in tags.CONTROLS:
            found = offered[node.get("name")] = options.read(node, keys, marking)
            marking += len(found) if node.tag in tags.REGIONS else 0
    return offered


def _control(
    node: Node,
    found: tuple[Condition, ...],
    offered: tuple[Option, ...],
    about: tuple[str, ...],
) -> Control:
    if values.needs_options(node) and not offered:
        child = "Label" if node.tag in tags.REGIONS else "Choice"
        sentence = f'"{node.get("name")}" needs at least one <{child} value="…"/>'
        tags.refuse("interface_no_options", sentence, node.line)
    values.check_bounds(node)
    message = node.get("requiredMessage")[: options.TEXT_CHARACTERS_MAX]
    return Control(
        name=node.get("name"),
        kind=values.kind_of(node, about),
        to_name=node.get("toName"),
        options=offered,
        required=node.is_on("required"),
        required_message=message,
        line=node.line,
        tag=node.tag,
        type=node.tag.lower(),
        bounds=values.bounds(node),
        conditions=found,
        is_per_region=node.is_on("perRegion"),
    )


def _check_about(node: Node, objects: Mapping[str, ObjectTag]) -> tuple[str, ...]:
    """Return the kinds of the objects a control is about, or refuse one it cannot mark."""
    names = parts.about(node)
    if node.tag == "Pairwise" and len(names) != 2:
        sentence = f'"{node.get("name")}" compares two objects: please write toName="first,second"'
        tags.refuse("interface_pair_incomplete", sentence, node.line)
    kinds = tuple(objects[name].kind for name in names)
    anything = frozenset(parts.KIND_OF_OBJECT.values())
    allowed = _ABOUT.get(node.tag, _SHAPES if node.tag in tags.REGIONS else anything)
    if not set(kinds) <= allowed:
        sentence = f"{node.tag} cannot be about {kinds[0]}; it marks {' or '.join(sorted(allowed))}"
        tags.refuse("interface_object_unfit", sentence, node.line, tag=node.tag)
    return kinds
