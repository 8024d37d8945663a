"""Write what is known of each control as result items, as if a worker had answered it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from consensus import answers

if TYPE_CHECKING:
    from marketplace.jobs.interface.controls import Control


def items(control: Control, value: Any, shown: object) -> list[dict[str, Any]]:
    """Return the result items that say a value; `shown` is what its object shows, or None."""
    kind = answers.kind(control.kind)
    return [
        {
            "id": f"{control.name}-{number}",
            "from_name": control.name,
            "to_name": control.to_name,
            "type": control.type,
            "value": _as_written(control, written, kind.TYPES[0], shown),
        }
        for number, written in enumerate(kind.write(value), start=1)
    ]


def words(value: Any) -> str:
    """Return a value of any kind in a few words: marks are counted by class."""
    if isinstance(value, str | int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {words(part)}" for name, part in value.items())
    marks = [each for each in value if isinstance(each, Mapping)]
    if not marks:
        return ", ".join(map(words, value)) or "–"
    counts = Counter(str(each.get("class", "")) for each in marks)
    return ", ".join(f"{count} × {name}".strip(" ×") for name, count in counts.items())


def _as_written(
    control: Control, written: dict[str, Any], class_key: str, shown: object
) -> dict[str, Any]:
    """Name the parts of a value as the control's own tag does."""
    if control.kind == "ranking":
        return {"ranker": {control.name: written["ranker"]}}
    if not control.marks_regions:
        return written
    value = {control.class_key if key == class_key else key: part for key, part in written.items()}
    if control.kind == "spans":
        return value | _words(control, value, shown)
    return value


def _words(control: Control, value: Mapping[str, Any], shown: object) -> dict[str, Any]:
    start, end = value["start"], value["end"]
    text = shown[start:end] if isinstance(shown, str) else ""
    has_markup = control.tag == "HyperTextLabels"
    return {"text": text} | ({"globalOffsets": {"start": start, "end": end}} if has_markup else {})
