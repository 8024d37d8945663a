"""A question: a kind of answer together with what one job allows in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from consensus import answers, errors
from consensus.answers import Answers, Fitted, Kind, Label, Terms, number, rating
from consensus.arrays import FloatArray

# How alike an answer must be to count as right, of kinds where neither equal nor half will do.
PASS_MARKS: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(("choice", "pairwise", "datetime"), 1.0),
        **dict.fromkeys(("choices", "taxonomy", "rating", "ranking", "groups"), 0.75),
        "text": 0.8,
        "number": 0.9,
    }
)
PASS_MARK = 0.5
HALF = 0.5


@dataclass(frozen=True)
class Question:
    """What one control asks: the name of its kind, and the terms its answers keep to."""

    name: str
    terms: Terms

    @cached_property
    def kind(self) -> Kind:
        """Return the kind of answer asked for."""
        return answers.kind(self.name)

    @property
    def pass_mark(self) -> float:
        """Return how alike two answers must be to count as the same."""
        return PASS_MARKS.get(self.name, PASS_MARK)

    def takes(self, answer: object) -> bool:
        """Tell whether a value is an answer to this question."""
        try:
            self.kind.check(answer, self.terms)
        except errors.AnswerRefused:
            return False
        return True

    def similarity(self, first: Any, second: Any) -> float:
        """Measure how alike two checked answers are, 0 to 1, by the range the job allows.

        Numbers without a range are compared by the larger of the two.
        """
        low, high = self.terms.low, self.terms.high
        if self.name == rating.NAME:
            steps = int((high or rating.STEPS) - (low or rating.LOWEST)) + 1
            return rating.similarity(first, second, max(steps, 2))
        if self.name == number.NAME:
            span = max(abs(first), abs(second))
            if low is not None and high is not None:
                span = high - low
            return number.similarity(first, second, span) if span else float(first == second)
        return self.kind.similarity(first, second)

    def grade(self, given: object, known: Any) -> float:
        """Grade an answer by the known one, 0 to 1: one half is the pass mark of the kind.

        In between, grades follow similarity; what is no answer to the question gets 0.
        """
        if not self.takes(given):
            return 0.0
        alike, mark = self.similarity(given, known), self.pass_mark
        if alike >= mark:
            return HALF + HALF * (alike - mark) / (1 - mark) if mark < 1 else 1.0
        return HALF * alike / mark

    def is_same(self, first: Any, second: Any) -> bool:
        """Tell whether two checked answers are alike enough to mean the same."""
        return self.similarity(first, second) >= self.pass_mark

    def label(self, values: Sequence[Any], weights: FloatArray) -> Label:
        """Label one task from its answers and their workers' weights (answers,)."""
        return self.kind.label(values, weights)

    def fit(self, given: Answers, known: Mapping[str, Any]) -> Fitted:
        """Label all tasks of a job together and weigh its workers."""
        return self.kind.fit(given, known)
