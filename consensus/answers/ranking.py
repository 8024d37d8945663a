"""The kind “ranking”: the things of a task in order, the best first.

An answer lists the names of all things shown. Two rankings are as alike as the share of pairs
they order the same way (Kendall). The label is the order that the weighted crowd contradicts
least (Kemeny), looked for from Borda's order by moving one thing at a time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from consensus import agreement, terms
from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label
from consensus.merging import weighing
from consensus.terms import Terms

NAME = "ranking"
TYPES = ("ranker",)
THINGS_MAX = 100
MOVES_MAX = 200

Value = Sequence[str]


def read(items: Sequence[Mapping[str, Any]], allowed: Terms) -> list[str]:
    """Read the order of a Label Studio value, or refuse what is wrong."""
    given = terms.only(items, "ranker", "order")
    if isinstance(given, Mapping) and len(given) == 1:
        given = next(iter(given.values()))
    check(given, allowed)
    return list(given)


def write(value: Value) -> list[dict[str, Any]]:
    """Write the order as Label Studio values."""
    return [{"ranker": list(value)}]


def check(answer: object, allowed: Terms) -> None:
    """Refuse what does not list every thing once."""
    given = terms.check_list(answer, "The order", min(allowed.count_max, THINGS_MAX))
    if not all(isinstance(thing, str) for thing in given) or len(set(given)) != len(given):
        terms.refuse("answer_repeated", "List each thing once, by its name.")
    if allowed.classes and set(given) != set(allowed.classes):
        terms.refuse("answer_incomplete", f"List all {len(allowed.classes)} things in order.")


def similarity(first: Value, second: Value) -> float:
    """Return the share of pairs of things that both order alike; 1 without a pair.

    A pair that one of them leaves out is ordered by nobody and counts as half.
    """
    things = sorted({*first, *second})
    one, other = _orders([first, second], things)
    pairs = np.triu_indices(len(things), 1)
    if not len(pairs[0]):
        return 1.0
    return float(np.mean((1 + one[pairs] * other[pairs]) / 2)) if first != second else 1.0


def label(values: Sequence[Value], weights: FloatArray) -> Label:
    """Label one task with the order that its weighted answers contradict least.

    Confidence is the mean share of the weight behind the order of a pair.
    """
    things = sorted({thing for value in values for thing in value})
    if len(things) < 2:
        return Label(things, 1.0)
    net = np.tensordot(weights, _orders(values, things), axes=1) / weights.sum()
    order = sorted(range(len(things)), key=lambda at: (-round(float(net[at].sum()), 9), at))
    order = _improve(order, net)
    behind = net[np.ix_(order, order)][np.triu_indices(len(order), 1)]
    return Label([things[at] for at in order], float((1 + behind.mean()) / 2))


def fit(answers: Answers, known: Mapping[str, Any]) -> Fitted:
    """Label all tasks of a job, known ones staying as they are."""
    return weighing.fit(answers, known, label, similarity)


def agree(answers: Answers) -> dict[str, float | None]:
    """Report the mean share of pairs that two workers order alike."""
    return {"same_order": agreement.mean_by_task(answers, similarity)}


def _orders(values: Sequence[Value], things: list[str]) -> FloatArray:
    """Tell for each answer which thing stands above which: (answers, things, things), ±1 or 0."""
    tables = np.zeros((len(values), len(things), len(things)))
    for table, value in zip(tables, values, strict=True):
        places = {thing: place for place, thing in enumerate(value)}
        at = np.array([places.get(thing, np.nan) for thing in things], dtype=np.float64)
        table[:] = np.nan_to_num(np.sign(at[None, :] - at[:, None]))
    return tables


def _improve(order: list[int], net: FloatArray) -> list[int]:
    """Move one thing at a time to where fewest contradict it, until nothing gains."""
    for _ in range(MOVES_MAX):
        best, change = 1e-9, order
        for place, thing in enumerate(order):
            rest = order[:place] + order[place + 1 :]
            above = np.concatenate([[0.0], np.cumsum(net[rest, thing])])
            below = np.concatenate([np.cumsum(net[thing, rest][::-1])[::-1], [0.0]])
            score = above + below
            gain = float(score.max() - score[place])
            if gain > best:
                at = int(np.argmax(np.round(score, 9)))
                best, change = gain, [*rest[:at], thing, *rest[at:]]
        if change is order:
            break
        order = change
    return order
