"""The kind “groups”: the things of a task sorted into named groups, the best first in each.

An answer is {group: [names of things]}. Two answers are as alike as the share of things that both
put into the same group. Every thing is voted into a group; within it, things stand by the mean
share of their place.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from consensus import agreement, terms
from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label
from consensus.merging import weighing
from consensus.terms import Terms

NAME = "groups"
TYPES = ("ranker",)
THINGS_MAX = 100

Value = Mapping[str, Sequence[str]]


def read(items: Sequence[Mapping[str, Any]], allowed: Terms) -> dict[str, list[str]]:
    """Read the groups of a Label Studio value, or refuse what is wrong."""
    given = terms.only(items, "ranker", "sorting")
    check(given, allowed)
    return {name: list(given[name]) for name in sorted(given) if given[name]}


def write(value: Value) -> list[dict[str, Any]]:
    """Write the groups as Label Studio values."""
    return [{"ranker": {name: list(things) for name, things in value.items()}}]


def check(answer: object, allowed: Terms) -> None:
    """Refuse what does not put things into groups of the job, each thing once."""
    if not isinstance(answer, Mapping):
        terms.refuse("answer_malformed", "A sorting must hold a list of things for each group.")
    for name in answer:
        terms.check_class(name, allowed)
    lists = [terms.check_list(each, "A group", THINGS_MAX) for each in answer.values()]
    things = [thing for each in lists for thing in each]
    if not all(isinstance(thing, str) for thing in things) or len(set(things)) != len(things):
        terms.refuse("answer_repeated", "Put each thing into one group, by its name.")


def similarity(first: Value, second: Value) -> float:
    """Return the share of things that both put into the same group; 1 without a thing."""
    one, other = _group_of(first), _group_of(second)
    things = one.keys() | other.keys()
    same = sum(one.get(thing) == other.get(thing) for thing in things)
    return same / len(things) if things else 1.0


def label(values: Sequence[Value], weights: FloatArray) -> Label:
    """Label one task: each thing in the group with most weight; its mean share is the confidence.

    Of groups with the same weight the first by name is taken.
    """
    found = [_group_of(value) for value in values]
    shares: list[float] = []
    groups: dict[str, list[tuple[float, str]]] = {}
    for thing in sorted({thing for one in found for thing in one}):
        votes: dict[str, float] = {}
        for one, weight in zip(found, weights.tolist(), strict=True):
            votes[one.get(thing, "")] = votes.get(one.get(thing, ""), 0.0) + weight
        group = min(votes, key=lambda name: (-round(votes[name], 9), name))
        shares.append(votes[group] / float(weights.sum()))
        groups.setdefault(group, []).append((_place(thing, group, values), thing))
    value = {name: [thing for _, thing in sorted(groups[name])] for name in sorted(groups) if name}
    return Label(value, min(float(np.mean(shares)), 1.0) if shares else 1.0)


def fit(answers: Answers, known: Mapping[str, Any]) -> Fitted:
    """Label all tasks of a job, known ones staying as they are."""
    return weighing.fit(answers, known, label, similarity)


def agree(answers: Answers) -> dict[str, float | None]:
    """Report the mean share of things that two workers put into the same group."""
    return {"same_group": agreement.mean_by_task(answers, similarity)}


def _group_of(value: Value) -> dict[str, str]:
    return {thing: name for name, things in value.items() for thing in things}


def _place(thing: str, group: str, values: Sequence[Value]) -> float:
    """Give the mean place of a thing among the answers that put it here, 0 first, 1 last."""
    lists = [value[group] for value in values if thing in value.get(group, ())]
    places = [things.index(thing) / max(len(things) - 1, 1) for things in lists]
    return round(float(np.mean(places)), 9) if places else 0.0
