"""The crowd: forty simulated workers of five kinds, fixed by a seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

LookAlikes = Mapping[str, tuple[tuple[str, ...], NDArray[np.float64]]]


@dataclass(frozen=True)
class Kind:
    """How one kind of worker answers: the share they get right, or how they do not try."""

    name: str
    count: int
    accuracy: float
    studies: int = 0
    constant: bool = False


# `studies`: how many of the kind prepare for the exam like a careful worker, and then stop trying.
KINDS = (
    Kind("careful", 14, 0.96),
    Kind("average", 14, 0.85),
    Kind("hasty", 6, 0.65),
    Kind("spammer", 4, 0.10, studies=2),
    Kind("constant", 2, 0.10, studies=1, constant=True),
)
CAREFUL_ACCURACY = KINDS[0].accuracy


@dataclass
class Member:
    """One simulated worker with a generator of their own."""

    name: str
    kind: Kind
    studies: bool
    chance: np.random.Generator
    look_alikes: LookAlikes
    favourite: str = field(init=False)

    def __post_init__(self) -> None:
        self.favourite = str(self.chance.integers(10))

    def answer(self, truth: str) -> str:
        """Answer a task whose true class is given: rightly, or as something that looks alike."""
        if self.kind.constant:
            return self.favourite
        if self.kind.name == "spammer":
            return str(self.chance.integers(10))
        return self._try(truth, self.kind.accuracy)

    def answer_exam(self, truth: str) -> str:
        """Answer an exam question: some who will not try later have prepared for it."""
        if self.studies:
            return self._try(truth, CAREFUL_ACCURACY)
        return self.answer(truth)

    def seconds(self) -> int:
        """Return how long an answer takes them, in active seconds."""
        slow = 5.0 if self.kind.name in {"careful", "average"} else 2.5
        return max(1, round(float(self.chance.gamma(6.0, slow / 6.0))))

    def _try(self, truth: str, accuracy: float) -> str:
        if self.chance.random() < accuracy:
            return truth
        names, chances = self.look_alikes[truth]
        return str(self.chance.choice(names, p=chances))


def crowd(look_alikes: LookAlikes, seed: int) -> list[Member]:
    """Return the forty workers, in an order that tells nothing about their kinds."""
    members = [
        Member(
            f"{kind.name}-{number + 1}",
            kind,
            number < kind.studies,
            np.random.default_rng([seed, place, number]),
            look_alikes,
        )
        for place, kind in enumerate(KINDS)
        for number in range(kind.count)
    ]
    order = np.random.default_rng(seed).permutation(len(members))
    return [members[index] for index in order]
