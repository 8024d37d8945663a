"""Put regions together: what several workers marked becomes one list of regions.

Regions of any shape go the same way: grouped by likeness (`grouping`), told real from false
(`presence`), their classes voted on, their outlines merged with weights of exactness.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from consensus import agreement, inference, matrix
from consensus.arrays import BoolArray, FloatArray, IntArray
from consensus.gathering import Answers, Fitted, Label, said
from consensus.merging import corners, grouping, presence

Region = Mapping[str, Any]
REAL_FROM = 0.5
KNOWN_FROM = 0.5
OTHER_CLASS_SHARE = 0.8
REGIONS_TASK_MAX = 2_000


@dataclass(frozen=True)
class Geometry:
    """What a shape must offer to be put together.

    `alike` (first, second) gives the similarities of two lists of regions in [0, 1]; `measure`
    gives numbers (marks, coordinates) with the size (coordinates,) that makes distances
    comparable; `merge` takes regions and spreads (marks, coordinates) and returns one outline.
    """

    coordinates: int
    alike: Callable[[Sequence[Region], Sequence[Region]], FloatArray]
    measure: Callable[[Sequence[Region]], tuple[FloatArray, FloatArray]]
    merge: Callable[[Sequence[Region], FloatArray], dict[str, Any]]


class _Group(NamedTuple):
    task: int
    worker: IntArray
    regions: list[Region]


def classed_alike(
    geometry: Geometry, first: Sequence[Region], second: Sequence[Region]
) -> FloatArray:
    """Give the similarities of regions (first, second), 0 where the classes differ."""
    if not first or not second:
        return np.zeros((len(first), len(second)))
    return geometry.alike(first, second) * _same_class(first, second)


def similarity(geometry: Geometry, first: Sequence[Region], second: Sequence[Region]) -> float:
    """Measure two answers: 2 Σ matched similarity / (regions of both); 1 if both are empty."""
    if not first and not second:
        return 1.0
    total = float(agreement.matched(classed_alike(geometry, first, second)).sum())
    return min(2 * total / (len(first) + len(second)), 1.0)


def f1(
    geometry: Geometry, first: Sequence[Region], second: Sequence[Region], least: float
) -> float:
    """Count regions of one class alike by `least` or more, as F1; 1 if both are empty."""
    if not first and not second:
        return 1.0
    alike = classed_alike(geometry, first, second)
    hits, missed, extra = agreement.matched_f1(alike, least)
    return 2 * hits / (2 * hits + missed + extra)


def vote(geometry: Geometry, values: Sequence[Sequence[Region]], weights: FloatArray) -> Label:
    """Label one task: a group is taken if those who marked it weigh half or more.

    `weights` is (answers,), above 0.
    """
    order = sorted(range(len(values)), key=lambda at: (said(values[at]), weights[at]))
    values, weights = [values[at] for at in order], weights[order]
    worker = np.arange(len(values))
    groups = _groups(geometry, 0, worker, values)
    shares = np.array([weights[group.worker].sum() / weights.sum() for group in groups])
    spread = np.repeat(1 / np.sqrt(weights)[:, None], geometry.coordinates, axis=1)
    found = []
    for group, share in zip(groups, shares, strict=True):
        if share >= REAL_FROM:
            votes: dict[str, float] = {}
            for region, one in zip(group.regions, group.worker, strict=True):
                votes[region["class"]] = votes.get(region["class"], 0.0) + float(weights[one])
            best = min(votes, key=lambda name: (-round(votes[name], 9), name))
            outline = geometry.merge(group.regions, spread[group.worker])
            found.append({**outline, "class": best})
    return Label(found, _expected_f1(shares, shares >= REAL_FROM))


def fit(geometry: Geometry, answers: Answers, known: Mapping[str, Sequence[Region]]) -> Fitted:
    """Label all tasks of a job together; known tasks keep their regions and teach skills."""
    groups = [
        group
        for task in range(len(answers.tasks))
        for group in _groups(geometry, task, answers.workers_of(task), answers.values_of(task))
    ]
    if not groups:
        empty = {name: Label(list(known.get(name, [])), 1.0) for name in answers.tasks}
        return Fitted(empty, dict.fromkeys(answers.workers, 1.0))
    looks = _looks(answers, groups)
    skill, real = presence.fit(looks, _known_real(geometry, answers, groups, known))
    names, classes = _classes(answers, groups)
    measured = [(group.worker, *geometry.measure(group.regions)) for group in groups]
    spread = corners.spreads(measured, len(answers.workers), geometry.coordinates)
    taken: dict[int, list[int]] = {task: [] for task in range(len(answers.tasks))}
    for number, group in enumerate(groups):
        taken[group.task].append(number)
    labels = {}
    for task, numbers in taken.items():
        name = answers.tasks[task]
        if name in known:
            labels[name] = Label(list(known[name]), 1.0)
            continue
        value = [
            {
                **geometry.merge(groups[number].regions, spread[groups[number].worker]),
                "class": names[int(classes[number].argmax())],
            }
            for number in numbers
            if real[number] >= REAL_FROM
        ]
        sure = real[numbers] * np.where(real[numbers] >= REAL_FROM, classes[numbers].max(axis=1), 1)
        labels[name] = Label(value, _expected_f1(sure, real[numbers] >= REAL_FROM))
    use = skill.found * (1 - skill.invented)
    return Fitted(labels, answers.named(use / use.mean()))


def _groups(
    geometry: Geometry, task: int, worker: IntArray, values: Sequence[Sequence[Region]]
) -> list[_Group]:
    owner = np.repeat(worker, [len(value) for value in values])[:REGIONS_TASK_MAX]
    marks = [region for value in values for region in value][:REGIONS_TASK_MAX]
    if not marks:
        return []
    same = _same_class(marks, marks)
    alike = geometry.alike(marks, marks) * np.where(same > 0, 1.0, OTHER_CLASS_SHARE)
    places = grouping.group(alike, owner)
    return [_Group(task, owner[at], [marks[place] for place in at]) for at in places]


def _same_class(first: Sequence[Region], second: Sequence[Region]) -> FloatArray:
    one = np.array([region["class"] for region in first])
    other = np.array([region["class"] for region in second])
    return np.asarray(one[:, None] == other[None, :], dtype=np.float64)


def _looks(answers: Answers, groups: list[_Group]) -> presence.Looks:
    lookers = [answers.workers_of(group.task) for group in groups]
    marked = [
        np.isin(lookers_of, group.worker) for lookers_of, group in zip(lookers, groups, strict=True)
    ]
    return presence.Looks(
        group=np.repeat(np.arange(len(groups)), [len(one) for one in lookers]),
        worker=np.concatenate(lookers),
        marked=np.concatenate(marked).astype(np.float64),
        groups=len(groups),
        workers=len(answers.workers),
    )


def _known_real(
    geometry: Geometry,
    answers: Answers,
    groups: list[_Group],
    known: Mapping[str, Sequence[Region]],
) -> FloatArray:
    fixed = np.full(len(groups), np.nan)
    for number, group in enumerate(groups):
        name = answers.tasks[group.task]
        if name in known:
            right = list(known[name])
            close = geometry.alike(group.regions, right).mean(axis=0).max() if right else 0.0
            fixed[number] = float(close >= KNOWN_FROM)
    return fixed


def _classes(answers: Answers, groups: list[_Group]) -> tuple[tuple[str, ...], FloatArray]:
    """Vote on classes with one accuracy a worker: the names and (groups, classes)."""
    names = tuple(sorted({region["class"] for group in groups for region in group.regions}))
    if len(names) == 1:
        return names, np.ones((len(groups), 1))
    numbers = {name: number for number, name in enumerate(names)}
    votes = matrix.build(
        np.repeat(np.arange(len(groups)), [len(group.worker) for group in groups]),
        np.concatenate([group.worker for group in groups]),
        [numbers[region["class"]] for group in groups for region in group.regions],
        matrix.Shape(len(groups), len(answers.workers), len(names)),
    )
    return names, inference.fit("one_coin", votes).probabilities


def _expected_f1(probabilities: FloatArray, taken: BoolArray) -> float:
    """Give the expected F1 of the taken groups, or the chance of none if none is taken."""
    if not taken.any():
        return float(np.prod(1 - probabilities))
    return float(2 * probabilities[taken].sum() / (taken.sum() + probabilities.sum()))
