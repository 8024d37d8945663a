"""Comparing an answer with the known one."""

from __future__ import annotations

from fractions import Fraction

import pytest

from consensus.answers import Terms
from consensus.questions import Question
from qualification import gold

OPTIONS = {
    "animal": Question("choice", Terms(("cat", "dog"))),
    "mood": Question("choice", Terms(("calm", "wild"))),
}


def test_the_known_class_is_right_and_another_is_not() -> None:
    assert gold.check({"animal": "cat"}, {"animal": "cat"}, OPTIONS) == 1.0
    assert gold.check({"animal": "cat"}, {"animal": "dog"}, OPTIONS) == 0.0


def test_controls_that_gold_does_not_know_do_not_count() -> None:
    given = {"animal": "cat", "mood": "wild"}
    assert gold.check({"animal": "cat"}, given, OPTIONS) == 1.0


@pytest.mark.parametrize(
    ("kind", "terms", "known", "right", "wrong"),
    [
        ("rating", Terms(low=1, high=5), 4, 3, 2),
        ("number", Terms(low=0, high=50), 20, 25, 26),
        ("number", Terms(), 100, 110, 120),
        ("text", Terms(), "the cat sat on mats", "The cat sat on the mats", "a dog"),
        ("ranking", Terms(), ["a", "b", "c", "d"], ["b", "a", "c", "d"], ["d", "c", "b", "a"]),
    ],
)
def test_each_kind_has_its_own_pass_mark(
    kind: str, terms: Terms, known: object, right: object, wrong: object
) -> None:
    asked = {"c": Question(kind, terms)}
    grades = [gold.check({"c": known}, {"c": given}, asked) for given in (known, right, wrong)]
    assert [gold.is_right(grade) for grade in grades] == [True, True, False]
    assert grades[0] == 1.0


def test_an_answer_is_as_right_as_its_worst_known_control() -> None:
    known = {"animal": "cat", "mood": "calm"}
    assert gold.check(known, {"animal": "cat", "mood": "wild"}, OPTIONS) == 0.0


@pytest.mark.parametrize("given", [{}, {"animal": ""}, {"animal": None}, {"animal": "horse"}])
def test_no_answer_and_no_option_are_wrong(given: dict[str, str]) -> None:
    assert gold.check({"animal": "cat"}, given, OPTIONS) == 0.0


def test_the_constant_answer_that_would_pass_is_named() -> None:
    known = ["cat", "cat", "cat", "dog"]
    assert gold.constant_answer(known, Fraction(3, 4)) == gold.Constant("cat", Fraction(3, 4))
    assert gold.constant_answer(known, Fraction(76, 100)) is None
    assert gold.constant_answer([], Fraction(1, 2)) is None


def test_a_constant_answer_of_any_kind_is_graded_by_its_kind() -> None:
    spans = Question("spans", Terms(classes=("name",)))
    known = [[], [], [{"start": 1, "end": 4, "class": "name"}]]
    assert gold.constant_answer(known, Fraction(2, 3), spans) == gold.Constant([], Fraction(2, 3))
    number = Question("number", Terms(low=0, high=100))
    near = gold.constant_answer([50, 52, 55, 90], Fraction(3, 4), number)
    assert near is not None and near.share == Fraction(3, 4)
