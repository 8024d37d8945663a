"""Say what a worker lacks for a job, in a person's words, and the road to it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any
from uuid import UUID

from kernel.db import UnitOfWork
from qualification import queries
from workers.models import Worker


class Comparison(StrEnum):
    """List the ways in which a requirement compares what is held with its value."""

    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    SAME = "="
    OTHER = "!="
    EXISTS = "exists"
    NOT_EXISTS = "not_exists"
    IN = "in"
    NOT_IN = "not_in"


class Guard(StrEnum):
    """List what a requirement guards; each includes those after it."""

    DISCOVER = "discover"
    PREVIEW = "preview"
    ACCEPT = "accept"


class BuiltIn(StrEnum):
    """List the values every worker has without being granted them."""

    LOCALE = "locale"
    LANGUAGES = "languages"
    ADULT_CONSENT = "adult_consent"
    ANSWERS_APPROVED = "answers_approved"
    APPROVAL_RATE = "approval_rate"


@dataclass(frozen=True)
class Requirement:
    """One comparison with one qualification: a type's id as text, or a built-in's name.

    `count_min` is for rates only: below so many decided answers a worker is a newcomer.
    """

    qualification: str
    comparison: str
    value: Any = None
    count_min: int = 0
    guards: str = Guard.ACCEPT


@dataclass(frozen=True)
class Facts:
    """What the caller knows of the worker's past, and whether the job has room for newcomers."""

    answers_approved: int = 0
    answers_decided: int = 0
    admits_newcomers: bool = True


@dataclass(frozen=True)
class Reason:
    """Why not: a code for programs, a sentence for people, and the exam that may help."""

    code: str
    sentence: str
    guards: str
    exam_id: UUID | None = None


Values = frozenset[Any]
ORDERINGS: Mapping[str, Callable[[Any, Any], bool]] = {
    Comparison.LESS: operator.lt,
    Comparison.AT_MOST: operator.le,
    Comparison.MORE: operator.gt,
    Comparison.AT_LEAST: operator.ge,
}
PHRASES: Mapping[str, str] = {
    Comparison.LESS: "less than {}",
    Comparison.AT_MOST: "{} at most",
    Comparison.MORE: "more than {}",
    Comparison.AT_LEAST: "{} or more",
    Comparison.SAME: "exactly {}",
    Comparison.OTHER: "other than {}",
    Comparison.EXISTS: "any value",
    Comparison.NOT_EXISTS: "none",
    Comparison.IN: "one of {}",
    Comparison.NOT_IN: "none of {}",
}


def reasons(
    uow: UnitOfWork, worker: Worker, requirements: Sequence[Requirement], facts: Facts
) -> list[Reason]:
    """Return why a worker may not do a job, in the order of its requirements: one statement."""
    return judge(worker, held(uow, worker.id, requirements), requirements, facts)


def held(
    uow: UnitOfWork, worker_id: UUID, requirements: Collection[Requirement]
) -> dict[UUID, queries.Held]:
    """Read what the requirements (of one job or of many) ask about: one statement or none."""
    return queries.held(uow, worker_id, {id for asked in requirements if (id := _type_id(asked))})


def judge(
    worker: Worker,
    holdings: Mapping[UUID, queries.Held],
    requirements: Sequence[Requirement],
    facts: Facts,
) -> list[Reason]:
    """Compare without reading: `holdings` comes from `held`, so that lists of jobs stay cheap."""
    found = []
    for asked in requirements:
        if asked.qualification == BuiltIn.APPROVAL_RATE:
            reason = _rate_reason(asked, facts)
        elif (type_id := _type_id(asked)) is None:
            reason = _built_in_reason(asked, worker, facts)
        else:
            reason = _grant_reason(asked, holdings.get(type_id))
        if reason is not None:
            found.append(reason)
    return found


def blocking(found: Sequence[Reason], act: Guard) -> list[Reason]:
    """Return the reasons that stand against an act: what guards it or an act before it."""
    acts = list(Guard)
    return [reason for reason in found if acts.index(Guard(reason.guards)) <= acts.index(act)]


def is_newcomer(requirements: Sequence[Requirement], facts: Facts) -> bool:
    """Tell whether a rate is asked for which this worker has too few decided answers."""
    return any(
        asked.qualification == BuiltIn.APPROVAL_RATE
        and facts.answers_decided < max(asked.count_min, 1)
        for asked in requirements
    )


def holds(values: Values, comparison: str, asked: Any) -> bool:
    """Compare held values (none, one, or several as for languages) with what is asked.

    Whoever holds nothing passes `not_exists` only, as on MTurk.
    """
    if comparison == Comparison.NOT_EXISTS:
        return not values
    if not values or comparison == Comparison.EXISTS:
        return bool(values)
    if comparison in ORDERINGS:
        return any(ORDERINGS[comparison](value, asked) for value in values)
    wanted = frozenset(asked if comparison in (Comparison.IN, Comparison.NOT_IN) else [asked])
    is_among = bool(values & wanted)
    return is_among == (comparison in (Comparison.SAME, Comparison.IN))


def _type_id(asked: Requirement) -> UUID | None:
    return None if asked.qualification in list(BuiltIn) else UUID(asked.qualification)


def _rate_reason(asked: Requirement, facts: Facts) -> Reason | None:
    if is_newcomer([asked], facts):
        if facts.admits_newcomers:
            return None
        missing = max(asked.count_min, 1) - facts.answers_decided
        sentence = (
            "The places this job keeps for newcomers are taken."
            f" It opens to you after {missing} more decided answers on other jobs."
        )
        return Reason("newcomers_full", sentence, asked.guards)
    rate = Fraction(100 * facts.answers_approved, facts.answers_decided)
    if holds(frozenset([rate]), asked.comparison, asked.value):
        return None
    sentence = (
        f"This job asks for an approval rate, in per cent, of {phrase(asked)};"
        f" yours is {float(rate):.1f}, over {facts.answers_decided} decided answers."
    )
    return Reason("approval_rate_differs", sentence, asked.guards)


def _built_in_reason(asked: Requirement, worker: Worker, facts: Facts) -> Reason | None:
    values, sentence = {
        BuiltIn.LOCALE: (
            frozenset([worker.country]),
            f"This job is for people in these countries: {phrase(asked)}."
            f" Your country is {worker.country}.",
        ),
        BuiltIn.LANGUAGES: (
            frozenset(worker.languages),
            f"This job asks for languages: {phrase(asked)}."
            " You can add the languages you know to your profile.",
        ),
        BuiltIn.ADULT_CONSENT: (
            frozenset([1] if worker.adult_consent else []),
            "This job may show adult content. You can agree to see such content in your profile.",
        ),
        BuiltIn.ANSWERS_APPROVED: (
            frozenset([facts.answers_approved]),
            f"This job asks for approved answers: {phrase(asked)}."
            f" You have {facts.answers_approved}.",
        ),
    }[BuiltIn(asked.qualification)]
    if holds(values, asked.comparison, asked.value):
        return None
    return Reason(f"{asked.qualification}_differs", sentence, asked.guards)


def _grant_reason(asked: Requirement, found: queries.Held | None) -> Reason | None:
    value = found.value if found else None
    if holds(frozenset([] if value is None else [value]), asked.comparison, asked.value):
        return None
    if found is None:
        sentence = "This job asks for a qualification that is no longer given."
        return Reason("qualification_gone", sentence, asked.guards)
    name = found.type.name
    if asked.comparison == Comparison.NOT_EXISTS:
        sentence = f"This job is for people who do not hold “{name}”, and you do."
        return Reason("qualification_held", sentence, asked.guards)
    if value is None:
        sentence = f"You need the qualification “{name}” ({phrase(asked)}). {_road(found)}"
        return Reason("qualification_missing", sentence, asked.guards, found.exam_id)
    sentence = f"You hold “{name}” at {value}, and this job asks for {phrase(asked)}."
    return Reason("qualification_differs", sentence, asked.guards, found.exam_id)


def _road(found: queries.Held) -> str:
    if found.exam_id is not None:
        return "You earn it by passing its exam."
    if found.type.grants_automatically:
        return "Everybody who asks for it gets it."
    return "It is granted by hand by those who made it."


def phrase(asked: Requirement) -> str:
    """Say what a requirement asks for, such as "80 or more"."""
    several = isinstance(asked.value, list | tuple)
    value = ", ".join(map(str, asked.value)) if several else str(asked.value)
    return PHRASES[asked.comparison].format(value)
