"""Kinds of answer are found by name, and a choice is one of the classes offered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus import answers, errors

OPTIONS = ("cat", "dog")


def test_a_kind_is_found_by_its_name() -> None:
    assert answers.kind("choice").NAME == "choice"
    assert answers.names() == ("choice",)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(errors.AnswerRefused) as refusal:
        answers.kind("telepathy")
    assert refusal.value.code == "kind_unknown"


def test_a_class_of_the_job_is_a_good_choice() -> None:
    answers.kind("choice").check("dog", OPTIONS)


@pytest.mark.parametrize("given", ["Dog", "dog ", "", "bird"])
def test_a_choice_outside_the_options_is_refused_and_the_options_are_named(given: str) -> None:
    with pytest.raises(errors.AnswerRefused, match="“cat”, “dog”") as refusal:
        answers.kind("choice").check(given, OPTIONS)
    assert refusal.value.code == "answer_not_an_option"


@pytest.mark.parametrize("given", [None, 1, ["cat"], {"cat": 1}, True])
def test_a_choice_that_is_not_text_is_refused(given: object) -> None:
    with pytest.raises(errors.AnswerRefused) as refusal:
        answers.kind("choice").check(given, OPTIONS)
    assert refusal.value.code == "answer_not_text"


def test_a_refusal_names_only_the_first_of_very_many_options() -> None:
    with pytest.raises(errors.AnswerRefused) as refusal:
        answers.kind("choice").check("x", [f"class {n}" for n in range(100)])
    assert "“class 9”, …" in refusal.value.sentence
    assert "class 10" not in refusal.value.sentence


@given(st.text(), st.text())
def test_choices_are_alike_only_if_equal(first: str, second: str) -> None:
    similarity = answers.kind("choice").similarity
    assert similarity(first, second) == similarity(second, first) == float(first == second)
    assert similarity(first, first) == 1.0
