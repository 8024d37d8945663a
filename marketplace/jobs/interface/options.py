"""Read the classes a control offers, each with its own key and colour."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from marketplace.jobs.interface import tags
from marketplace.jobs.interface.parts import FIELD
from marketplace.jobs.interface.tags import Node

OPTIONS_MAX = 100
TEXT_CHARACTERS_MAX = 200
# Told apart by people who see colours differently too: light, dark and warm, cold take turns.
COLOURS = ("#1f77c9", "#d9480f", "#2b8a3e", "#9c36b5", "#b08800") + (
    "#0b7285",
    "#c2255c",
    "#5c7c00",
    "#5f3dc4",
    "#7a5235",
)

_DIGITS = "123456789"
_DIGIT = re.compile(r"\A[0-9]\Z")
# Without e, s, u and z, which the work page needs to extend, skip, be unsure and undo.
_KEY = re.compile(r"[0-9a-df-rtv-y]")
_COLOUR = re.compile(r"#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6}|[a-zA-Z]{3,20}")


@dataclass(frozen=True)
class Option:
    """One class: what an answer stores, what a person reads, a hint, the key that picks it.

    `depth` counts from 0 in a tree of classes; `path` leads to it from the root, itself last.
    """

    value: str
    label: str
    hint: str = ""
    hotkey: str = ""
    colour: str = ""
    depth: int = 0
    path: tuple[str, ...] = ()


def read(control: Node, keys: Iterator[str], first: int) -> tuple[Option, ...]:
    """Return the classes of a control in the order written, or refuse what is wrong with one.

    `first` counts the classes of the controls before, so that no two share a colour by chance.
    """
    found: dict[tuple[str, ...], Option] = {}
    for node, path in _tree(control, ()):
        # As in Label Studio, an alias is what answers store in place of the words shown.
        value, label = node.get("alias") or node.get("value"), node.get("value")
        _check(node, label, value)
        key = (*path, value)
        if key in found:
            sentence = f'The choice "{value}" stands twice in "{control.get("name")}"'
            tags.refuse("interface_option_duplicate", sentence, node.line)
        given = "" if control.tag == "Taxonomy" else next(keys)
        colour = _colour(node, first + len(found))
        found[key] = Option(value, label, node.get("hint"), given, colour, len(path), key)
    if len(found) > OPTIONS_MAX:
        sentence = f'"{control.get("name")}" has {len(found)} choices; at most {OPTIONS_MAX}'
        tags.refuse("interface_too_many_options", f"{sentence} are allowed", control.line)
    return tuple(found.values())


def hotkeys(nodes: Sequence[Node]) -> list[str]:
    """Give each class of the whole interface its own key: the one it asks for, else a digit.

    A class that is called by a digit asks for that digit: who sees a 7 wants to press 7.
    """
    asked = [
        child.get("hotkey").lower() or "".join(_DIGIT.findall(child.get("value")))
        for node in nodes
        if node.tag in tags.CONTROLS and node.tag not in {"Taxonomy", "Ranker"}
        for child in node.children
    ]
    free = iter([key for key in _DIGITS if key not in asked])
    given: list[str] = []
    for key in asked:
        may_have = _KEY.fullmatch(key) and key not in given
        given.append(key if may_have else next(free, ""))
    return given


def _tree(node: Node, path: tuple[str, ...]) -> Iterator[tuple[Node, tuple[str, ...]]]:
    for child in node.children:
        yield child, path
        yield from _tree(child, (*path, child.get("alias") or child.get("value")))


def _check(node: Node, label: str, value: str) -> None:
    if not label:
        tags.refuse("interface_option_empty", "A choice needs a value", node.line)
    if max(len(label), len(value)) > TEXT_CHARACTERS_MAX:
        sentence = f"A choice may be at most {TEXT_CHARACTERS_MAX} characters long"
        tags.refuse("interface_option_too_long", sentence, node.line)
    if FIELD.fullmatch(label):
        sentence = f"Choices taken from the data ({label}) are not supported yet"
        tags.refuse("interface_option_dynamic", sentence, node.line)


def _colour(node: Node, place: int) -> str:
    asked = node.get("background")
    return asked if _COLOUR.fullmatch(asked) else COLOURS[place % len(COLOURS)]
