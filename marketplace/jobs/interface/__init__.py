"""Say what a worker sees and what an answer is: the task interface of a job."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import nh3

from consensus.questions import Question
from kernel import errors
from marketplace.jobs.interface import controls, parts, plain, relations, results, tags, values
from marketplace.jobs.interface.controls import Control
from marketplace.jobs.interface.parts import ObjectTag
from marketplace.jobs.interface.tags import Node
from marketplace.jobs.interface.values import pointing

Meaning = frozenset[tuple[Any, ...]]


@dataclass(frozen=True)
class Interface:
    """A checked interface: the tree to draw, the objects shown and the questions asked.

    `relations` names what marks may be joined by, None where they may not.
    """

    root: Node
    objects: Mapping[str, ObjectTag]
    controls: Mapping[str, Control]
    relations: tuple[str, ...] | None = None

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """Return the controls an answer cannot leave out; see `required`."""
        return required(self)

    def shown(self, control: Control, data: Mapping[str, Any]) -> object:
        """Return what a control's object shows; of a text that may hold tags, its words."""
        found = self.objects.get(control.to_name)
        if found is None:
            return None
        value = data.get(found.field)
        return pointing.text_of(sanitised(str(value))) if found.kind == "html" else value


def parse(xml: str) -> Interface:
    """Return the checked interface, or refuse with the tag and line of the first mistake."""
    root = tags.read(xml)
    nodes = list(_walk(root))
    parts.check_names(nodes)
    parts.fields(nodes)
    objects = parts.objects(nodes)
    asked = controls.read(root, nodes, objects)
    if not asked:
        sentence = "The interface asks nothing: please add a control such as <Choices>."
        raise errors.Refused("interface_no_control", sentence)
    declared = relations.declared(nodes)
    return Interface(root, MappingProxyType(objects), MappingProxyType(asked), declared)


def fields(interface: Interface) -> dict[str, str]:
    """Return the data fields every task must have, each with its kind, such as `text`."""
    return parts.fields(list(_walk(interface.root)))


def classes(interface: Interface) -> dict[str, tuple[str, ...]]:
    """Return the classes of each control that asks for one, as answers store them, in order."""
    return {
        name: control.classes
        for name, control in interface.controls.items()
        if control.kind == values.CHOICE and not control.is_per_region
    }


def required(interface: Interface) -> tuple[str, ...]:
    """Return the controls an answer cannot leave out where they are asked.

    Label Studio requires nothing unless told to; taken literally, an empty answer would be paid.
    So where nothing is marked as required, everything is but marks, for there may be nothing to
    mark, and remarks in words beside other questions.
    """
    asked = interface.controls
    marked = tuple(name for name in asked if asked[name].required)
    forms = [each for each in asked.values() if not each.marks_regions and not each.is_per_region]
    firm = tuple(each.name for each in forms if each.kind != "text")
    return marked or firm or tuple(each.name for each in forms)


def counting(interface: Interface) -> tuple[str, ...]:
    """Return the controls that must be sure before a task settles.

    Those an answer cannot leave out, and marks unless the interface says itself what is required;
    never a question that is not asked of every task as a whole.
    """
    says_itself = any(each.required for each in interface.controls.values())
    return tuple(
        name
        for name, control in interface.controls.items()
        if not control.is_per_region
        and not control.conditions
        and (name in interface.needed or (control.marks_regions and not says_itself))
    )


def questions(interface: Interface) -> dict[str, Question]:
    """Return what each control that gets a label asks: all but what is asked of each region."""
    return {
        name: values.question(control)
        for name, control in interface.controls.items()
        if not control.is_per_region
    }


def written(
    interface: Interface, said: Mapping[str, Any], data: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return values by control as the result items of an answer to a task with this data."""
    return [
        item
        for name, control in interface.controls.items()
        if said.get(name) is not None and not control.is_per_region
        for item in values.write(control, said[name], interface.shown(control, data))
    ]


def words(value: Any) -> str:
    """Return a value of any kind in a few words: marks are counted by class."""
    return values.words(value)


def reads_data(interface: Interface) -> bool:
    """Tell whether answers can be checked in full only beside what their task shows."""
    return any(each.kind in {"spans", "ranking", "groups"} for each in interface.controls.values())


def heading(node: Node, data: Mapping[str, Any]) -> str:
    """Return the text of a heading, with each `$field` replaced by the task's value."""
    found = parts.FIELD
    return found.sub(lambda match: str(data.get(match[1], "")), node.get("value"))


def sanitised(html: str) -> str:
    """Return HTML of a task without scripts, styles, forms, frames, or anything that fetches."""
    return nh3.clean(html, tags=nh3.ALLOWED_TAGS - {"img", "map", "area"}, link_rel=None)


def digest(xml: str) -> str:
    """Return the SHA-256 of the text, which names a version of the interface."""
    return hashlib.sha256(xml.encode()).hexdigest()


def meaning(interface: Interface) -> Meaning:
    """Return a value equal for two interfaces under which the same answers mean the same.

    Wording, order, hints, keys and layout may differ; questions, classes and what is shown may not.
    """
    asked = {
        (
            control.name,
            control.kind,
            control.type,
            tuple(_seen(interface, control)),
            frozenset(option.path for option in control.options),
            frozenset((k, v) for k, v in control.bounds.items() if k not in values.LOOKS),
            control.conditions,
            control.is_per_region,
        )
        for control in interface.controls.values()
    }
    joined = interface.relations
    return frozenset(asked | {(relations.NAME, None if joined is None else frozenset(joined))})


def check_result(
    interface: Interface, result: object, shown: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what each control was answered, or refuse with the item that is wrong and why.

    `result` is a list of Label Studio result items as read from JSON; items count from 1. `shown`
    maps fields to what the task shows, so that marks in a text can be compared with it.
    """
    return results.check(interface, result, shown)


def result_items(interface: Interface, chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the result items of a plain form: names of controls with what was sent for each."""
    return plain.items(interface, chosen)


def canonical(result: Sequence[Mapping[str, Any]], is_unsure: bool = False) -> str:
    """Return the SHA-256 of what a checked result says, whatever its order and item ids."""
    return results.canonical(result, is_unsure)


def _seen(interface: Interface, control: Control) -> Iterator[tuple[str, str, str]]:
    for name in control.to_name.split(","):
        found = interface.objects[name.strip()]
        yield name.strip(), found.kind, found.field


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)
