"""Check a job's requirements before they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn
from uuid import UUID

from kernel.db import UnitOfWork
from kernel.errors import Refused
from qualification import queries
from qualification.eligibility import ORDERINGS, BuiltIn, Comparison, Guard, Requirement

REQUIREMENTS_MAX = 10
VALUES_MAX = 30
COUNT_MIN_MAX = 100_000
WITHOUT_VALUE = frozenset({Comparison.EXISTS, Comparison.NOT_EXISTS})
WITH_LIST = frozenset({Comparison.IN, Comparison.NOT_IN})
IN_WORDS = frozenset({BuiltIn.LOCALE, BuiltIn.LANGUAGES})


def check(uow: UnitOfWork, owner: str, requirements: Sequence[Requirement]) -> None:
    """Raise Refused, naming the requirement by its number, unless a job may ask for all of this.

    Qualifications must be the owner's own or the platform's: one statement.
    """
    if len(requirements) > REQUIREMENTS_MAX:
        _refuse("requirements_too_many", f"A job has at most {REQUIREMENTS_MAX} requirements.")
    for number, asked in enumerate(requirements, start=1):
        _check_one(asked, f"Requirement {number}")
    ids = {
        number: _read_id(asked.qualification, f"Requirement {number}")
        for number, asked in enumerate(requirements, start=1)
        if asked.qualification not in list(BuiltIn)
    }
    known = queries.known_types(uow, owner, set(ids.values())) if ids else frozenset()
    for number, type_id in ids.items():
        if type_id not in known:
            _refuse_unknown(f"Requirement {number}")


def _check_one(asked: Requirement, name: str) -> None:
    if asked.comparison not in list(Comparison):
        ways = ", ".join(Comparison)
        _refuse("requirement_comparison", f"{name} needs one of these comparisons: {ways}.")
    if asked.guards not in list(Guard):
        acts = ", ".join(Guard)
        _refuse("requirement_guard", f"{name} guards one of these: {acts}.")
    _check_value(asked, name)
    _check_count(asked, name)


def _check_value(asked: Requirement, name: str) -> None:
    if asked.comparison in WITHOUT_VALUE:
        if asked.value is not None:
            _refuse("requirement_value", f"{name} takes no value with “{asked.comparison}”.")
        return
    in_words = asked.qualification in IN_WORDS
    if in_words and asked.comparison in ORDERINGS:
        _refuse("requirement_comparison", f"{name}: {asked.qualification} has no order.")
    values = asked.value if asked.comparison in WITH_LIST else [asked.value]
    if not isinstance(values, list) or not 0 < len(values) <= VALUES_MAX:
        _refuse("requirement_value", f"{name} needs a list of 1 to {VALUES_MAX} values.")
    if not all(_is_text(value) if in_words else _is_whole(value) for value in values):
        wanted = "text" if in_words else "a whole number"
        _refuse("requirement_value", f"{name} needs {wanted} as its value.")


def _check_count(asked: Requirement, name: str) -> None:
    is_rate = asked.qualification == BuiltIn.APPROVAL_RATE
    if is_rate and not 1 <= asked.count_min <= COUNT_MIN_MAX:
        _refuse(
            "requirement_count",
            f"{name} is about a rate, so say how many decided answers it must rest on (count_min).",
        )
    if is_rate and asked.comparison in WITHOUT_VALUE:
        _refuse("requirement_comparison", f"{name}: compare the approval rate with a number.")
    if not is_rate and asked.count_min:
        _refuse("requirement_count", f"{name} is not about a rate, so it has no count_min.")


def _read_id(text: str, name: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        _refuse_unknown(name)


def _refuse_unknown(name: str) -> NoReturn:
    built_ins = ", ".join(BuiltIn)
    _refuse(
        "requirement_unknown",
        f"{name} names no qualification of yours. Built in are: {built_ins}.",
    )


def _refuse(code: str, sentence: str) -> NoReturn:
    raise Refused(code, sentence)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
