"""Turn the fields of a plain form, as sent without scripts, into result items."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from marketplace.jobs.interface import conditions
from marketplace.jobs.interface.controls import Control

if TYPE_CHECKING:
    from marketplace.jobs.interface import Interface

POSITION = ":position"
Fields = Mapping[str, str]


def items(interface: Interface, fields: Fields) -> list[dict[str, Any]]:
    """Return the result items of a plain form; what is not asked under its answers is left out.

    `fields` map names to what was sent; where several fields share a name they offer `getlist`.
    """
    given = {
        name: value
        for name, control in interface.controls.items()
        if control.kind in _FROM_FORM
        and (value := _FROM_FORM[control.kind](control, _sent(fields, name), fields)) is not None
    }
    said = {name: next(iter(value.values())) for name, value in given.items()}
    return [
        {
            "id": name,
            "from_name": name,
            "to_name": control.to_name,
            "type": control.type,
            "value": given[name],
        }
        for name, control in interface.controls.items()
        if name in given and all(conditions.holds(each, said) for each in control.conditions)
    ]


def _sent(fields: Fields, name: str) -> list[str]:
    several: Callable[[str], list[str]] | None = getattr(fields, "getlist", None)
    found = several(name) if several else [fields[name]] if name in fields else []
    return [each for each in found if each.strip()]


def _choices(_control: Control, sent: Sequence[str], _fields: Fields) -> dict[str, Any] | None:
    return {"choices": list(sent)} if sent else None


def _taxonomy(_control: Control, sent: Sequence[str], _fields: Fields) -> dict[str, Any] | None:
    return {"taxonomy": [_loaded(each) for each in sent]} if sent else None


def _rating(_control: Control, sent: Sequence[str], _fields: Fields) -> dict[str, Any] | None:
    return {"rating": _loaded(sent[0])} if sent else None


def _number(_control: Control, sent: Sequence[str], _fields: Fields) -> dict[str, Any] | None:
    return {"number": _loaded(sent[0])} if sent else None


def _datetime(_control: Control, sent: Sequence[str], _fields: Fields) -> dict[str, Any] | None:
    return {"datetime": sent[0]} if sent else None


def _text(_control: Control, sent: Sequence[str], _fields: Fields) -> dict[str, Any] | None:
    # Browsers send the ends of lines as CR LF, whatever was typed.
    return {"text": [each.replace("\r\n", "\n") for each in sent]} if sent else None


def _pairwise(_control: Control, sent: Sequence[str], _fields: Fields) -> dict[str, Any] | None:
    return {"selected": sent[0]} if sent else None


def _ranking(control: Control, sent: Sequence[str], fields: Fields) -> dict[str, Any] | None:
    """Order the items by the positions written beside them; those alike keep their order."""
    places = [_loaded(each) for each in _sent(fields, control.name + POSITION)]
    if len(places) != len(sent) or not sent:
        return None
    numbers = [place if isinstance(place, int | float) else len(sent) for place in places]
    order = sorted(range(len(sent)), key=lambda place: numbers[place])
    bucket = control.options[0].value if control.options else control.name
    return {"ranker": {bucket: [sent[place] for place in order]}}


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


_FROM_FORM: Mapping[str, Callable[[Control, Sequence[str], Fields], dict[str, Any] | None]] = {
    "choice": _choices,
    "choices": _choices,
    "taxonomy": _taxonomy,
    "rating": _rating,
    "number": _number,
    "datetime": _datetime,
    "text": _text,
    "pairwise": _pairwise,
    "ranking": _ranking,
    "groups": _ranking,
}
