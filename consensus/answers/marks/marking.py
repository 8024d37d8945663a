"""What all kinds of marked regions share: lists of regions, each with a class."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from consensus import agreement, terms
from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label
from consensus.merging import regions
from consensus.merging.regions import Geometry, Region
from consensus.terms import Terms

F1_FROM = 0.5


class Marks(ABC):
    """A kind whose answer is a list of regions; the kinds add their shape.

    `TYPES` are the result types of Label Studio it reads; the class stands under the first.
    """

    NAME: ClassVar[str]
    TYPES: ClassVar[tuple[str, ...]]
    KEYS: ClassVar[tuple[str, ...]]
    WORD: ClassVar[str]
    geometry: ClassVar[Geometry]

    @abstractmethod
    def read_one(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Read one region, without its class, of a Label Studio value."""

    @abstractmethod
    def check_one(self, region: Mapping[str, Any], name: str, allowed: Terms) -> None:
        """Refuse a region whose shape is wrong, by the name it is known by."""

    def write_one(self, region: Region) -> dict[str, Any]:
        """Write one region, its class under `class`, for Label Studio."""
        return dict(region)

    def read(self, items: Sequence[Mapping[str, Any]], allowed: Terms) -> list[dict[str, Any]]:
        """Read the regions of Label Studio values, or refuse the first that is wrong.

        A region with several classes, where a job allows it, is read as one region for each.
        """
        value = [
            {**self.read_one(item), "class": each}
            for item in items
            for each in terms.classes_of(item, self.TYPES, allowed)
        ]
        self.check(value, allowed)
        return value

    def write(self, value: Sequence[Region]) -> list[dict[str, Any]]:
        """Write regions as Label Studio values."""
        return [terms.with_class(self.write_one(region), self.TYPES[0]) for region in value]

    def check(self, answer: object, allowed: Terms) -> None:
        """Refuse what is no list of such regions, inside what is shown, with known classes."""
        given = terms.check_list(answer, "The answer", allowed.count_max)
        for number, region in enumerate(given, start=1):
            name = f"{self.WORD} {number}" if len(given) > 1 else f"The {self.WORD.lower()}"
            terms.check_keys(region, name, (*self.KEYS, "class"))
            terms.check_class(region["class"], allowed)
            self.check_one(region, name, allowed)

    def similarity(self, first: Sequence[Region], second: Sequence[Region]) -> float:
        """Measure 2 Σ similarity of matched regions of one class / (regions of both)."""
        return regions.similarity(self.geometry, first, second)

    def label(self, values: Sequence[Sequence[Region]], weights: FloatArray) -> Label:
        """Label one task from its answers and their workers' weights (answers,)."""
        return regions.vote(self.geometry, values, weights)

    def fit(self, answers: Answers, known: Mapping[str, Any]) -> Fitted:
        """Label all tasks of a job, known ones staying as they are."""
        return regions.fit(self.geometry, answers, known)

    def agree(self, answers: Answers) -> dict[str, float | None]:
        """Report, between workers, mean matched likeness and the F1 at a likeness of one half."""
        return {
            "mean_likeness": agreement.mean_by_task(answers, self.similarity),
            "f1_at_half": agreement.mean_by_task(answers, self.f1_at_half),
        }

    def f1_at_half(self, first: Sequence[Region], second: Sequence[Region]) -> float:
        """Count regions of one class alike by half or more, as F1; 1 if both are empty."""
        return self.f1(first, second, F1_FROM)

    def alike(self, first: Sequence[Region], second: Sequence[Region]) -> FloatArray:
        """Give the similarities of regions (first, second), 0 where the classes differ."""
        return regions.classed_alike(self.geometry, first, second)

    def f1(self, first: Sequence[Region], second: Sequence[Region], least: float) -> float:
        """Count regions of one class alike by `least` or more, as F1; 1 if both are empty."""
        return regions.f1(self.geometry, first, second, least)
