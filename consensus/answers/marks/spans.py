"""The kind “spans”: stretches of a text, each with a class.

A span is {start, end, class}; start counts from 0 and end is the first place after it, in
characters (or tokens, where all answers count so). Two spans are as alike as they overlap. The
label comes from a truth model over the pieces of the text (`merging/intervals`), because what
workers miss depends on the class and on the worker.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from consensus import agreement, terms
from consensus.answers.marks import segments
from consensus.answers.marks.marking import Marks
from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label
from consensus.merging import intervals
from consensus.merging.regions import Region
from consensus.terms import Terms

EXACT = 1 - 1e-9
ANY = 1e-9


class Spans(Marks):
    """Stretches of text with a class."""

    NAME = "spans"
    TYPES = ("labels", "hypertextlabels", "paragraphlabels")
    KEYS = ("start", "end")
    WORD = "Span"
    geometry = segments.KIND.geometry

    def read_one(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Read one stretch; of marked-up text the offsets over the whole text count."""
        offsets = item.get("globalOffsets")
        place = offsets if isinstance(offsets, Mapping) else item
        return {"start": place.get("start"), "end": place.get("end")}

    def check_one(self, region: Mapping[str, Any], name: str, allowed: Terms) -> None:
        """Refuse a span that is empty or outside the text."""
        for key in self.KEYS:
            place = terms.check_number(region[key], f"The {key} of {name}", 0, allowed.high)
            if not isinstance(place, int):
                terms.refuse("answer_not_whole", f"The {key} of {name} must be a whole number.")
        if region["end"] <= region["start"]:
            terms.refuse("answer_empty_region", f"{name} must end after it starts.")

    def label(self, values: Sequence[Sequence[Region]], weights: FloatArray) -> Label:
        """Label one task from its answers and their workers' weights (answers,)."""
        return intervals.label(values, weights)

    def fit(self, answers: Answers, known: Mapping[str, Any]) -> Fitted:
        """Label all tasks of a job, known ones staying as they are."""
        return intervals.fit(answers, known)

    def agree(self, answers: Answers) -> dict[str, float | None]:
        """Report pairwise F1 between workers: of exact spans, and of spans that overlap."""
        return {
            "exact_f1": agreement.mean_by_task(answers, self.exact_f1),
            "overlap_f1": agreement.mean_by_task(answers, self.overlap_f1),
        }

    def exact_f1(self, first: Sequence[Region], second: Sequence[Region]) -> float:
        """Count spans with the same ends and class, as F1; 1 if both answers are empty."""
        return self.f1(first, second, EXACT)

    def overlap_f1(self, first: Sequence[Region], second: Sequence[Region]) -> float:
        """Count spans of one class that overlap at all, as F1; 1 if both answers are empty."""
        return self.f1(first, second, ANY)


KIND = Spans()
