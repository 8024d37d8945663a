"""Check a result: is it an answer to this interface, and what does it say?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from consensus.errors import AnswerRefused
from kernel import errors
from marketplace.jobs.interface import conditions, relations, values
from marketplace.jobs.interface.controls import Control
from marketplace.jobs.interface.values.wrong import Wrong, said

if TYPE_CHECKING:
    from marketplace.jobs.interface import Interface

RESULT_BYTES_MAX = 256 * 1024
ITEM_NOTE_CHARACTERS_MAX = 64
PIXELS_MAX = 100_000
# A packed mask begins with how many values it holds: four for each pixel.
_COUNT_BYTES, _CHANNELS = 4, 4
_NOTES = frozenset({"id", "origin"})
_MEASURES = frozenset({"original_width", "original_height", "image_rotation", "original_length"})
ITEM_KEYS = _NOTES | _MEASURES | {"from_name", "to_name", "type", "value"}
# A question asked of each region keeps its region's geometry in its value, and adds one of these.
_VALUE_KEYS = {"text": "text", "choice": "choices", "choices": "choices"}


def check(
    interface: Interface, result: object, shown: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what each control was answered, or refuse with the item that is wrong and why.

    `result` is a list of Label Studio result items as read from JSON; items count from 1. `shown`
    maps fields to what the task shows, so that marks in a text can be compared with it.
    """
    if not isinstance(result, list):
        raise errors.Refused("answer_malformed", "An answer is a list of result items.")
    _check_size(result)
    found: dict[str, Any] = {}
    links = []
    for number, item in enumerate(result, start=1):
        if isinstance(item, dict) and item.get("type") == relations.TYPE:
            links.append((number, item))
            continue
        control = _control_of(interface, number, item)
        said_there = _value_of(interface, control, number, item, shown)
        if control.kind == "masks":
            _check_mask_size(number, item)
        if control.marks_regions:
            found.setdefault(control.name, []).extend(said_there)
        elif control.is_per_region:
            found.setdefault(control.name, []).append(said_there)
        elif control.name in found:
            sentence = f'answers "{control.name}" a second time'
            _refuse("answer_control_repeated", number, sentence)
        else:
            found[control.name] = said_there
    found |= _linked(interface, result, links)
    return _complete(interface, found)


def canonical(result: Sequence[Mapping[str, Any]], is_unsure: bool = False) -> str:
    """Return the SHA-256 of what a checked result says, whatever its order and item ids."""
    told: dict[Any, list[str]] = {}
    for item in result:
        if item["type"] != relations.TYPE:
            told.setdefault(item.get("id"), []).append(_written(item))
    content = [line for lines in told.values() for line in lines]
    content += ["unsure"] if is_unsure else []
    for item in result:
        if item["type"] == relations.TYPE:
            ends = [sorted(told.get(item[end], ())) for end in ("from_id", "to_id")]
            content.append(json.dumps([ends, item.get("direction"), item.get("labels")]))
    return hashlib.sha256(json.dumps(sorted(content)).encode()).hexdigest()


def _written(item: Mapping[str, Any]) -> str:
    parts = [item["from_name"], item["to_name"], item["type"], item["value"]]
    return json.dumps(parts, sort_keys=True)


def _complete(interface: Interface, found: dict[str, Any]) -> dict[str, Any]:
    """Return the values sorted, those of marks without any as an empty list; miss what is asked."""
    needed = interface.needed
    complete: dict[str, Any] = {}
    for name, control in interface.controls.items():
        is_asked = all(conditions.holds(each, found) for each in control.conditions)
        if not is_asked and name in found:
            sentence = f'"{name}" is answered, but it is not asked under the other answers.'
            raise errors.Refused("answer_not_asked", sentence, control=name)
        if control.marks_regions and is_asked:
            complete[name] = sorted(found.get(name, []), key=_order)
        elif name in found:
            complete[name] = found[name]
        if name in needed and is_asked and not complete.get(name) and complete.get(name) != 0:
            _refuse_missing(control)
    if relations.NAME in found:
        complete[relations.NAME] = found[relations.NAME]
    return complete


def _order(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


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
            "answer_control_unknown", number, f"names no control of this interface: {said(name)}"
        )
    if item.get("to_name") != control.to_name:
        sentence = f'must be about "{control.to_name}", not {said(item.get("to_name"))}'
        _refuse("answer_to_name_wrong", number, sentence)
    if item.get("type") != control.type:
        sentence = f'must have type "{control.type}", not {said(item.get("type"))}'
        _refuse("answer_type_wrong", number, sentence)
    return control


def _check_keys(number: int, item: dict[str, Any]) -> None:
    for key in sorted(item.keys() - ITEM_KEYS):
        _refuse("answer_key_unknown", number, f"holds something that is no part of it: {said(key)}")
    for key in _NOTES:
        note = item.get(key, "")
        if not isinstance(note, str) or len(note) > ITEM_NOTE_CHARACTERS_MAX or "\0" in note:
            sentence = f"needs {key} to be a text of at most {ITEM_NOTE_CHARACTERS_MAX} characters"
            _refuse("answer_malformed", number, sentence)
    for key in _MEASURES & item.keys():
        measure = item[key]
        if type(measure) not in (int, float) or not 0 <= measure <= PIXELS_MAX:
            _refuse("answer_malformed", number, f"needs {key} to be a number from 0")
    if "value" not in item:
        _refuse("answer_malformed", number, "has no value")


def _value_of(
    interface: Interface,
    control: Control,
    number: int,
    item: Mapping[str, Any],
    shown: Mapping[str, Any] | None,
) -> Any:
    value = item["value"]
    if control.is_per_region and isinstance(value, dict):
        key = _VALUE_KEYS.get(control.kind, control.kind)
        value = {each: value[each] for each in value if each == key}
    about = None if shown is None else interface.shown(control, shown)
    try:
        return values.read(control, value, about)
    except Wrong as problem:
        _refuse(problem.code, number, problem.sentence)
    except AnswerRefused as refusal:
        sentence = f"Item {number}: {refusal.sentence}"
        raise errors.Refused(refusal.code, sentence, item=number) from refusal


def _check_mask_size(number: int, item: Mapping[str, Any]) -> None:
    """Refuse a mask that has not the pixels of its picture, which a packed mask does not tell."""
    width, height = (item.get(f"original_{side}", 0) for side in ("width", "height"))
    head = bytes(item["value"]["rle"][:_COUNT_BYTES])
    if int.from_bytes(head) != width * height * _CHANNELS:
        sentence = "needs original_width and original_height to be those of its mask"
        _refuse("answer_mask_size", number, sentence)


def _linked(
    interface: Interface, result: Sequence[Any], links: Sequence[tuple[int, dict[str, Any]]]
) -> dict[str, Any]:
    """Return the relations told, each with the marks it joins in place of their ids."""
    marks = {
        item["id"]: item["value"]
        for item in result
        if isinstance(item.get("id"), str)
        and item.get("from_name") in interface.controls
        and interface.controls[item["from_name"]].marks_regions
    }
    found = []
    for number, item in links:
        try:
            found.append(relations.read(interface.relations, item, marks))
        except Wrong as problem:
            _refuse(problem.code, number, problem.sentence)
    return {relations.NAME: sorted(found, key=_order)} if found else {}


def _refuse_missing(control: Control) -> NoReturn:
    sentence = control.required_message or f'Please answer "{control.name}": it is required.'
    raise errors.Refused("answer_missing", sentence, control=control.name)


def _refuse(code: str, number: int, sentence: str) -> NoReturn:
    raise errors.Refused(code, f"Item {number} {sentence}.", item=number)
