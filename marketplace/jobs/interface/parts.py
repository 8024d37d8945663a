"""Build what an interface shows from its tags, and check the names that tie it together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.jobs.interface import tags
from marketplace.jobs.interface.tags import Node

KIND_OF_OBJECT = {
    "Text": "text",
    "HyperText": "html",
    "Image": "image",
    "Audio": "audio",
    "Video": "video",
    "Paragraphs": "paragraphs",
    "List": "list",
    "Table": "table",
    "TimeSeries": "series",
}
# Shown from a file: data holds the name of an uploaded one, or an https address.
MEDIA_KINDS = frozenset({"image", "audio", "video"})
# Told by JSON rather than by a plain text or number.
STRUCTURED_KINDS = frozenset({"paragraphs", "list", "table", "series"})
FIELD = re.compile(r"\$([^\W\d]\w{0,63})")

# Columns of an import that mean something to the marketplace itself, so no interface shows them.
RESERVED_FIELDS = frozenset(
    {"external_id", "priority", "known", "explanation", "prediction"}
    # The two columns we add to the rows we hand back for correction.
    | {"import_row", "import_problem"}
)

_NAME = re.compile(r"\w[\w .:-]{0,63}")


@dataclass(frozen=True)
class ObjectTag:
    """Something shown to be labeled: its kind (such as `text` or `image`) and its data field."""

    name: str
    kind: str
    field: str
    line: int


def objects(nodes: Sequence[Node]) -> dict[str, ObjectTag]:
    """Return the objects among the tags of an interface, by name."""
    shown = [_object(node) for node in nodes if node.tag in KIND_OF_OBJECT]
    return {item.name: item for item in shown}


def fields(nodes: Sequence[Node]) -> dict[str, str]:
    """Return the data fields the tags show, each with its kind, or refuse a confusing one."""
    kinds: dict[str, str] = {}
    for node in nodes:
        kind = KIND_OF_OBJECT.get(node.tag, "text" if node.tag == "Header" else "")
        for name in FIELD.findall(node.get("value")) if kind else ():
            if name in RESERVED_FIELDS:
                sentence = f"The field ${name} is reserved; please choose another name"
                tags.refuse("interface_field_reserved", sentence, node.line)
            if kind == "audio" and kinds.get(name) == "video":
                continue  # the sound of a film
            if kinds.setdefault(name, kind) != kind:
                sentence = f"The field ${name} cannot be both {kinds[name]} and {kind}"
                tags.refuse("interface_field_conflict", sentence, node.line)
    return kinds


def check_names(nodes: Sequence[Node]) -> None:
    """Refuse a missing, odd or repeated name, and a control that is about nothing."""
    lines: dict[str, int] = {}
    for node in nodes:
        if node.tag in KIND_OF_OBJECT or node.tag in tags.CONTROLS:
            _check_name(node, lines)
            lines[node.get("name")] = node.line
    shown = {node.get("name") for node in nodes if node.tag in KIND_OF_OBJECT}
    for node in nodes:
        if node.tag in tags.CONTROLS:
            _check_to_name(node, shown)


def about(node: Node) -> list[str]:
    """Return the names of what a control is about: several things may be asked about together."""
    to_name = node.get("toName")
    return [name.strip() for name in to_name.split(",")] if node.tag in tags.FORMS else [to_name]


def _check_name(node: Node, lines: dict[str, int]) -> None:
    name = node.get("name")
    if not name:
        tags.refuse("interface_name_missing", f"{node.tag} needs a name", node.line)
    if not _NAME.fullmatch(name):
        sentence = "A name is 1 to 64 letters, digits, blanks or any of _ . : -"
        tags.refuse("interface_name_invalid", sentence, node.line)
    if name in lines:
        sentence = f'The name "{name}" is already used on line {lines[name]}'
        tags.refuse("interface_name_duplicate", sentence, node.line)


def _check_to_name(node: Node, shown: set[str]) -> None:
    name, to_name = node.get("name"), node.get("toName")
    if not to_name:
        sentence = f'"{name}" needs toName, the name of the Text or Image it is about'
        tags.refuse("interface_to_name_missing", sentence, node.line)
    for one in about(node):
        if one not in shown:
            sentence = f'"{name}" is about "{one[:64]}", but no Text or Image has that name'
            tags.refuse("interface_to_name_unknown", sentence, node.line)


def _object(node: Node) -> ObjectTag:
    match = FIELD.fullmatch(node.get("value"))
    if not match:
        sentence = f'{node.tag} needs value="$field", naming the data field to show'
        tags.refuse("interface_value_not_field", sentence, node.line)
    return ObjectTag(node.get("name"), KIND_OF_OBJECT[node.tag], match[1], node.line)
