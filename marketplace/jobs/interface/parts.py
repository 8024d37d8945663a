"""Build what an interface shows and asks from its tags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from marketplace.jobs.interface import tags
from marketplace.jobs.interface.tags import Node

OPTIONS_MAX = 100
TEXT_CHARACTERS_MAX = 200
KIND_OF_OBJECT = {"Text": "text", "Image": "image"}
KIND_OF_CONTROL = {"Choices": "choice"}
FIELD = re.compile(r"\$([^\W\d]\w{0,63})")

# Columns of an import that mean something to the marketplace itself, so no interface shows them.
RESERVED_FIELDS = frozenset(
    {"external_id", "priority", "known", "explanation", "prediction"}
    # The two columns we add to the rows we hand back for correction.
    | {"import_row", "import_problem"}
)

_NAME = re.compile(r"\w[\w .:-]{0,63}")
_DIGITS = "123456789"
# Without e, s and z, which the work page needs to extend, skip and undo.
_KEY = re.compile(r"[0-9a-df-rt-y]")


@dataclass(frozen=True)
class ObjectTag:
    """Something shown to be labeled: its kind (`text` or `image`) and its data field."""

    name: str
    kind: str
    field: str
    line: int


@dataclass(frozen=True)
class Option:
    """One class: what an answer stores, what a person reads, a hint and the key that picks it."""

    value: str
    label: str
    hint: str = ""
    hotkey: str = ""


@dataclass(frozen=True)
class Control:
    """One question: its kind of answer, the object it is about and the classes to choose from."""

    name: str
    kind: str
    to_name: str
    options: tuple[Option, ...]
    required: bool
    required_message: str
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
            if kinds.setdefault(name, kind) != kind:
                sentence = f"The field ${name} cannot be both a text and an image"
                tags.refuse("interface_field_conflict", sentence, node.line)
    return kinds


def controls(nodes: Sequence[Node]) -> dict[str, Control]:
    """Return the controls among the tags of an interface, by name."""
    keys = iter(_hotkeys(nodes))
    asked = [_control(node, keys) for node in nodes if node.tag in KIND_OF_CONTROL]
    return {control.name: control for control in asked}


def check_names(nodes: Sequence[Node]) -> None:
    """Refuse a missing, odd or repeated name, and a control that is about nothing."""
    lines: dict[str, int] = {}
    for node in nodes:
        if node.tag in KIND_OF_OBJECT or node.tag in KIND_OF_CONTROL:
            _check_name(node, lines)
            lines[node.get("name")] = node.line
    shown = {node.get("name") for node in nodes if node.tag in KIND_OF_OBJECT}
    for node in nodes:
        if node.tag in KIND_OF_CONTROL:
            _check_to_name(node, shown)


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
    if to_name not in shown:
        sentence = f'"{name}" is about "{to_name[:64]}", but no Text or Image has that name'
        tags.refuse("interface_to_name_unknown", sentence, node.line)


def _object(node: Node) -> ObjectTag:
    match = FIELD.fullmatch(node.get("value"))
    if not match:
        sentence = f'{node.tag} needs value="$field", naming the data field to show'
        tags.refuse("interface_value_not_field", sentence, node.line)
    return ObjectTag(node.get("name"), KIND_OF_OBJECT[node.tag], match[1], node.line)


def _control(node: Node, keys: Iterator[str]) -> Control:
    name = node.get("name")
    if not node.children:
        sentence = f'"{name}" needs at least one <Choice value="…"/>'
        tags.refuse("interface_no_options", sentence, node.line)
    if len(node.children) > OPTIONS_MAX:
        sentence = f'"{name}" has {len(node.children)} choices; at most {OPTIONS_MAX} are allowed'
        tags.refuse("interface_too_many_options", sentence, node.line)
    return Control(
        name=name,
        kind=KIND_OF_CONTROL[node.tag],
        to_name=node.get("toName"),
        options=_options(node, keys),
        required=node.is_on("required"),
        required_message=node.get("requiredMessage")[:TEXT_CHARACTERS_MAX],
        line=node.line,
    )


def _options(control: Node, keys: Iterator[str]) -> tuple[Option, ...]:
    options: dict[str, Option] = {}
    for node in control.children:
        label = node.get("value")
        # As in Label Studio, an alias is what answers store in place of the words shown.
        value = node.get("alias") or label
        _check_option(node, label, value)
        if value in options:
            sentence = f'The choice "{value}" stands twice in "{control.get("name")}"'
            tags.refuse("interface_option_duplicate", sentence, node.line)
        options[value] = Option(value, label, node.get("hint"), next(keys))
    return tuple(options.values())


def _check_option(node: Node, label: str, value: str) -> None:
    if not label:
        tags.refuse("interface_option_empty", "A choice needs a value", node.line)
    if max(len(label), len(value)) > TEXT_CHARACTERS_MAX:
        sentence = f"A choice may be at most {TEXT_CHARACTERS_MAX} characters long"
        tags.refuse("interface_option_too_long", sentence, node.line)
    if FIELD.fullmatch(label):
        sentence = f"Choices taken from the data ({label}) are not supported yet"
        tags.refuse("interface_option_dynamic", sentence, node.line)


def _hotkeys(nodes: Sequence[Node]) -> list[str]:
    """Give each choice of the whole interface its own key: the one it asks for, else a digit."""
    asked = [node.get("hotkey").lower() for node in nodes if node.tag == "Choice"]
    free = iter([key for key in _DIGITS if key not in asked])
    given: list[str] = []
    for key in asked:
        may_have = _KEY.fullmatch(key) and key not in given
        given.append(key if may_have else next(free, ""))
    return given
