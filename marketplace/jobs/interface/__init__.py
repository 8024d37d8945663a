"""Say what a worker sees and what an answer is: the task interface of a job."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NoReturn

from kernel import errors
from marketplace.jobs.interface import parts, tags
from marketplace.jobs.interface.parts import Control, ObjectTag
from marketplace.jobs.interface.tags import Node

RESULT_BYTES_MAX = 64 * 1024
ITEM_KEYS = frozenset({"id", "from_name", "to_name", "type", "value", "origin"})
ITEM_NOTE_CHARACTERS_MAX = 64
TYPE_OF_KIND = {"choice": "choices"}

Meaning = frozenset[tuple[str, str, str, str, str, frozenset[str]]]


@dataclass(frozen=True)
class Interface:
    """A checked interface: the tree to draw, the objects shown and the questions asked."""

    root: Node
    objects: Mapping[str, ObjectTag]
    controls: Mapping[str, Control]


def parse(xml: str) -> Interface:
    """Return the checked interface, or refuse with the tag and line of the first mistake."""
    root = tags.read(xml)
    nodes = list(_walk(root))
    parts.check_names(nodes)
    parts.fields(nodes)
    objects = parts.objects(nodes)
    controls = parts.controls(nodes)
    if not controls:
        sentence = "The interface asks nothing: please add a control such as <Choices>."
        raise errors.Refused("interface_no_control", sentence)
    return Interface(root, MappingProxyType(objects), MappingProxyType(controls))


def fields(interface: Interface) -> dict[str, str]:
    """Return the data fields every task must have, each with its kind: `text` or `image`."""
    return parts.fields(list(_walk(interface.root)))


def classes(interface: Interface) -> dict[str, tuple[str, ...]]:
    """Return the classes of each control, as answers store them, in the order shown."""
    return {
        name: tuple(option.value for option in control.options)
        for name, control in interface.controls.items()
    }


def counting(interface: Interface) -> tuple[str, ...]:
    """Return the controls an answer cannot leave out: the required ones, or all if none is.

    Label Studio requires nothing unless told to; taken literally, an empty answer would be paid.
    """
    controls = interface.controls
    return tuple(name for name in controls if controls[name].required) or tuple(controls)


def heading(node: Node, data: Mapping[str, Any]) -> str:
    """Return the text of a heading, with each `$field` replaced by the task's value."""
    found = parts.FIELD
    return found.sub(lambda match: str(data.get(match[1], "")), node.get("value"))


def digest(xml: str) -> str:
    """Return the SHA-256 of the text, which names a version of the interface."""
    return hashlib.sha256(xml.encode()).hexdigest()


def meaning(interface: Interface) -> Meaning:
    """Return a value equal for two interfaces under which the same answers mean the same.

    Wording, order, hints, keys and layout may differ; questions, classes and what is shown may not.
    """
    return frozenset(
        (
            control.name,
            control.kind,
            control.to_name,
            interface.objects[control.to_name].kind,
            interface.objects[control.to_name].field,
            frozenset(option.value for option in control.options),
        )
        for control in interface.controls.values()
    )


def check_result(interface: Interface, result: object) -> dict[str, str]:
    """Return the value of each control answered, or refuse with the item that is wrong and why.

    `result` is a list of Label Studio result items as read from JSON; items count from 1.
    """
    if not isinstance(result, list):
        raise errors.Refused("answer_malformed", "An answer is a list of result items.")
    _check_size(result)
    values: dict[str, str] = {}
    for number, item in enumerate(result, start=1):
        control = _control_of(interface, number, item)
        if control.name in values:
            sentence = f'answers "{control.name}" a second time'
            _refuse("answer_control_repeated", number, sentence)
        values[control.name] = _class_of(control, number, item["value"])
    for name in counting(interface):
        if name not in values:
            _refuse_missing(interface.controls[name])
    return values


def result_items(interface: Interface, chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the result items of a plain form: control names with the class chosen for each."""
    return [
        {
            "id": name,
            "from_name": name,
            "to_name": control.to_name,
            "type": TYPE_OF_KIND[control.kind],
            "value": {"choices": [chosen[name]]},
        }
        for name, control in interface.controls.items()
        if chosen.get(name)
    ]


def canonical(result: Sequence[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of what a checked result says, whatever its order and item ids."""
    content = sorted(
        [item["from_name"], item["to_name"], item["type"], item["value"]["choices"]]
        for item in result
    )
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _check_size(result: list[Any]) -> None:
    try:
        size = len(json.dumps(result, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError) as error:
        sentence = "An answer holds plain JSON: text, numbers, lists and objects."
        raise errors.Refused("answer_malformed", sentence) from error
    if size > RESULT_BYTES_MAX:
        sentence = f"An answer may be at most {RESULT_BYTES_MAX // 1024} KB."
        raise errors.Refused("answer_too_large", sentence, bytes_max=RESULT_BYTES_MAX)


def _control_of(interface: Interface, number: int, item: object) -> Control:
    if not isinstance(item, dict):
        _refuse("answer_malformed", number, "is not an object with from_name, to_name and value")
    _check_keys(number, item)
    name = item.get("from_name")
    control = interface.controls.get(name) if isinstance(name, str) else None
    if control is None:
        _refuse(
            "answer_control_unknown", number, f"names no control of this interface: {_said(name)}"
        )
    if item.get("to_name") != control.to_name:
        sentence = f'must be about "{control.to_name}", not {_said(item.get("to_name"))}'
        _refuse("answer_to_name_wrong", number, sentence)
    kind = TYPE_OF_KIND[control.kind]
    if item.get("type") != kind:
        _refuse(
            "answer_type_wrong", number, f'must have type "{kind}", not {_said(item.get("type"))}'
        )
    return control


def _check_keys(number: int, item: dict[str, Any]) -> None:
    for key in sorted(item.keys() - ITEM_KEYS):
        _refuse(
            "answer_key_unknown", number, f"holds something that is no part of it: {_said(key)}"
        )
    for key in ("id", "origin"):
        note = item.get(key, "")
        if not isinstance(note, str) or len(note) > ITEM_NOTE_CHARACTERS_MAX or "\0" in note:
            sentence = f"needs {key} to be a text of at most {ITEM_NOTE_CHARACTERS_MAX} characters"
            _refuse("answer_malformed", number, sentence)
    if "value" not in item:
        _refuse("answer_malformed", number, "has no value")


def _class_of(control: Control, number: int, value: object) -> str:
    if not isinstance(value, dict) or value.keys() != {"choices"}:
        _refuse("answer_malformed", number, 'needs value to be {"choices": ["…"]} and nothing else')
    chosen = value["choices"]
    if not isinstance(chosen, list) or not chosen:
        _refuse("answer_malformed", number, "needs choices to be a list with one class")
    if len(chosen) > 1:
        sentence = f'chooses {len(chosen)} classes, but "{control.name}" takes one'
        _refuse("answer_choices_several", number, sentence)
    if chosen[0] not in [option.value for option in control.options]:
        sentence = f'chooses {_said(chosen[0])}, which is no class of "{control.name}"'
        _refuse("answer_class_unknown", number, sentence)
    return str(chosen[0])


def _refuse_missing(control: Control) -> NoReturn:
    sentence = control.required_message or f'Please answer "{control.name}": it is required.'
    raise errors.Refused("answer_missing", sentence, control=control.name)


def _refuse(code: str, number: int, sentence: str) -> NoReturn:
    raise errors.Refused(code, f"Item {number} {sentence}.", item=number)


def _said(value: object) -> str:
    """Quote what was sent, short enough for a sentence."""
    return json.dumps(value, ensure_ascii=False)[:60]
