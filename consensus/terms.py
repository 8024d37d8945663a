"""What a job allows in the answers to one control, and how an answer outside of it is refused."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from consensus import errors

SHOWN_MAX = 10
REGIONS_MAX = 1_000
EDGE_SLACK = 0.01


@dataclass(frozen=True)
class Terms:
    """The classes of a control, the range of its numbers, and how much it takes.

    `low` and `high` bound a number or rating and the places on a text or recording (characters,
    seconds or frames); `count_max` bounds regions or options, `characters_max` a text. A region may
    have several classes where `has_several` says so. A moment lies between `first_day` and
    `last_day` (ISO, "" for no bound); `has_time` unless days are asked for.
    """

    classes: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    count_max: int = REGIONS_MAX
    characters_max: int = 10_000
    has_several: bool = False
    has_time: bool = True
    first_day: str = ""
    last_day: str = ""


def refuse(code: str, sentence: str) -> NoReturn:
    """Refuse an answer with a code for programs and a sentence for the person who gave it."""
    raise errors.AnswerRefused(code, sentence)


def check_class(given: object, terms: Terms) -> str:
    """Return the class, or refuse what is no class of the job; without classes, only ""."""
    if not isinstance(given, str):
        refuse("answer_not_text", "Choose one class, given as its name.")
    if given not in (terms.classes or ("",)):
        shown = ", ".join(f"“{option}”" for option in terms.classes[:SHOWN_MAX])
        more = ", …" if len(terms.classes) > SHOWN_MAX else ""
        refuse("answer_not_an_option", f"Choose one of the classes of this job: {shown}{more}.")
    return given


def check_number(given: object, name: str, low: float | None, high: float | None) -> float:
    """Return a finite number inside its bounds, or refuse it by name."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        refuse("answer_not_number", f"{name} must be a number.")
    if (low is not None and given < low) or (high is not None and given > high):
        refuse("answer_outside_range", f"{name} must be {_range(low, high)}.")
    return given


def check_place(given: object, name: str, terms: Terms) -> float:
    """Return a place inside the image, or beyond its edge by what rounding leaves."""
    low = None if terms.low is None else terms.low - EDGE_SLACK
    high = None if terms.high is None else terms.high + EDGE_SLACK
    place = check_number(given, name, None, None)
    if (low is not None and place < low) or (high is not None and place > high):
        refuse("answer_outside_image", f"{name} must be {_range(terms.low, terms.high)}.")
    return place


def check_list(given: object, name: str, most: int) -> list[Any]:
    """Return a list that is not too long, or refuse it by name."""
    if not isinstance(given, list):
        refuse("answer_not_list", f"{name} must be a list.")
    if len(given) > most:
        refuse("answer_too_many", f"{name} may hold at most {most}, not {len(given)}.")
    return given


def check_keys(given: object, name: str, keys: Sequence[str]) -> Mapping[str, Any]:
    """Return an object that has exactly these keys, or refuse it by name."""
    if not isinstance(given, Mapping) or set(given) != set(keys):
        refuse("answer_malformed", f"{name} must have exactly: {', '.join(keys)}.")
    return given


def only(items: Sequence[Mapping[str, Any]], key: str, name: str) -> Any:
    """Return what stands under the key of the single value given, or refuse."""
    if len(items) != 1 or key not in items[0]:
        refuse("answer_malformed", f"Give one {name}, under “{key}”.")
    return items[0][key]


def classes_of(item: Mapping[str, Any], keys: Sequence[str], terms: Terms) -> list[object]:
    """Return the classes of a region, under one of these keys or `labels`; [""] without any."""
    found = next((item[key] for key in (*keys, "labels") if key in item), [""])
    if not isinstance(found, list) or not found or (len(found) > 1 and not terms.has_several):
        refuse("answer_classes_several", "Mark each region with one class.")
    return list(found)


def with_class(region: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return a region as Label Studio has it, its class in a list under this key."""
    rest = {name: part for name, part in region.items() if name != "class"}
    return {**rest, key: [region["class"]]} if region["class"] else rest


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"from {low:g} to {high:g}"
    return f"at least {low:g}" if low is not None else f"at most {high:g}"
