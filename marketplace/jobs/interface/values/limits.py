"""What a control allows in its answers, in the terms of its kind of answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from consensus.answers import Terms, rating, taxonomy

if TYPE_CHECKING:
    from marketplace.jobs.interface.controls import Control

RATING_MAX = rating.STEPS
SECONDS_MAX = 86_400
CHARACTERS_MAX = 1_000_000
PERCENT = 100
UNSORTED = "_"
_DAY_CHARACTERS = 10


def terms(control: Control) -> Terms:
    """Return what the answers to a control must keep to, whatever its task shows."""
    if control.tag == "TimeSeriesLabels":
        return Terms(control.classes, has_several=control.bounds.get("choice") == "multiple")
    if control.marks_regions:
        high = {"spans": CHARACTERS_MAX, "segments": SECONDS_MAX}.get(control.kind, PERCENT)
        has_several = control.bounds.get("choice") == "multiple"
        return Terms(control.classes, 0, high, has_several=has_several)
    return _TERMS.get(control.kind, _none)(control)


def _none(_control: Control) -> Terms:
    return Terms()


def _classes(control: Control) -> Terms:
    return Terms(control.classes)


def _paths(control: Control) -> Terms:
    paths = [option.path for option in control.options]
    inner = {path[:depth] for path in paths for depth in range(1, len(path))}
    if control.bounds.get("leafsOnly", "").lower() == "true":
        paths = [path for path in paths if path not in inner]
    most = int(control.bounds.get("maxUsages", "") or len(paths))
    return Terms(tuple(taxonomy.PATH.join(path) for path in paths), count_max=most)


def _stars(control: Control) -> Terms:
    return Terms(low=rating.LOWEST, high=int(control.bounds.get("maxRating", "") or RATING_MAX))


def _numbers(control: Control) -> Terms:
    low, high = (control.bounds.get(name) for name in ("min", "max"))
    return Terms(low=float(low) if low else None, high=float(high) if high else None)


def _days(control: Control) -> Terms:
    first, last = (control.bounds.get(name, "")[:_DAY_CHARACTERS] for name in ("min", "max"))
    has_time = "time" in control.bounds.get("only", "date,time")
    return Terms(has_time=has_time, first_day=first, last_day=last)


def _groups(control: Control) -> Terms:
    return Terms((*control.classes, UNSORTED))


_TERMS: Mapping[str, Callable[[Control], Terms]] = {
    "choice": _classes,
    "choices": _classes,
    "taxonomy": _paths,
    "rating": _stars,
    "number": _numbers,
    "datetime": _days,
    "groups": _groups,
}
