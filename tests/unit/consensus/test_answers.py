"""Kinds of answer are found by name, and read and refuse what Label Studio's items hold."""

from typing import Any

import pytest

from consensus import answers, errors
from consensus.answers import Terms
from consensus.merging import rasters

OPTIONS = Terms(classes=("cat", "dog"))
PERCENT = Terms(classes=("cat", "dog"), low=0, high=100)
BOX = {"x": 10, "y": 10, "width": 20, "height": 20}


def refusal(name: str, items: list[dict[str, Any]], allowed: Terms = PERCENT) -> str:
    with pytest.raises(errors.AnswerRefused) as refused:
        answers.kind(name).read(items, allowed)
    assert refused.value.sentence.endswith(".")
    return refused.value.code


def test_a_kind_is_found_by_its_name() -> None:
    assert answers.kind("choice").NAME == "choice"
    assert {"boxes", "choice", "spans", "text"} <= set(answers.names())


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(errors.AnswerRefused) as refused:
        answers.kind("telepathy")
    assert refused.value.code == "kind_unknown"


@pytest.mark.parametrize("given", ["Dog", "dog ", "", "bird"])
def test_a_choice_outside_the_options_is_refused_and_the_options_are_named(given: str) -> None:
    with pytest.raises(errors.AnswerRefused, match="“cat”, “dog”") as refused:
        answers.kind("choice").check(given, OPTIONS)
    assert refused.value.code == "answer_not_an_option"


@pytest.mark.parametrize("given", [None, 1, ["cat"], {"cat": 1}, True])
def test_a_choice_that_is_not_text_is_refused(given: object) -> None:
    with pytest.raises(errors.AnswerRefused) as refused:
        answers.kind("choice").check(given, OPTIONS)
    assert refused.value.code == "answer_not_text"


def test_a_refusal_names_only_the_first_of_very_many_options() -> None:
    with pytest.raises(errors.AnswerRefused) as refused:
        answers.kind("choice").check("x", Terms(classes=tuple(f"class {n}" for n in range(100))))
    assert "“class 9”, …" in refused.value.sentence
    assert "class 10" not in refused.value.sentence


@pytest.mark.parametrize(
    ("name", "items", "value"),
    [
        ("choice", [{"choices": ["cat"]}], "cat"),
        ("choices", [{"choices": ["dog", "cat"]}], ["cat", "dog"]),
        ("number", [{"number": 7}], 7.0),
        ("rating", [{"rating": 4}], 4),
        ("text", [{"text": ["one", "two"]}], "one\ntwo"),
        (
            "spans",
            [{"start": 2, "end": 5, "text": "cat", "labels": ["cat"]}],
            [{"start": 2, "end": 5, "class": "cat"}],
        ),
        (
            "segments",
            [{"start": 0.5, "end": 1.5, "channel": 0, "labels": ["dog"]}],
            [{"start": 0.5, "end": 1.5, "class": "dog"}],
        ),
        (
            "segments",
            [{"ranges": [{"start": 1, "end": 9}], "timelinelabels": ["dog"]}],
            [{"start": 1, "end": 9, "class": "dog"}],
        ),
        (
            "boxes",
            [{**BOX, "rectanglelabels": ["cat"]}],
            [{**BOX, "rotation": 0, "class": "cat"}],
        ),
        (
            "points",
            [{"x": 1, "y": 2, "width": 0.5, "keypointlabels": ["cat"]}],
            [{"x": 1, "y": 2, "class": "cat"}],
        ),
    ],
)
def test_label_studio_values_are_read(name: str, items: list[dict[str, Any]], value: Any) -> None:
    assert answers.kind(name).read(items, PERCENT) == value


def test_a_path_of_a_taxonomy_and_an_order_are_read() -> None:
    tree = Terms(classes=("animal / dog", "animal"))
    paths = [{"taxonomy": [["animal", "dog"], ["animal"]]}]
    assert answers.kind("taxonomy").read(paths, tree) == ["animal", "animal / dog"]
    order = [{"ranker": {"rank": ["dog", "cat"]}}]
    assert answers.kind("ranking").read(order, OPTIONS) == ["dog", "cat"]


@pytest.mark.parametrize(
    ("name", "items", "code"),
    [
        ("choice", [{"choices": ["cat", "dog"]}], "answer_too_many"),
        ("choice", [], "answer_malformed"),
        ("choices", [{"choices": ["cat", "cat"]}], "answer_repeated"),
        ("number", [{"number": float("nan")}], "answer_not_number"),
        ("number", [{"number": 101}], "answer_outside_range"),
        ("number", [{"number": True}], "answer_not_number"),
        ("rating", [{"rating": 2.5}], "answer_not_whole"),
        ("pairwise", [{"selected": "up"}], "answer_not_a_side"),
        ("ranking", [{"ranker": ["cat"]}], "answer_incomplete"),
        ("ranking", [{"ranker": ["cat", "cat"]}], "answer_repeated"),
        ("text", [{"text": [1]}], "answer_not_text"),
        ("spans", [{"start": 5, "end": 5, "labels": ["cat"]}], "answer_empty_region"),
        ("spans", [{"start": 0, "end": 101, "labels": ["cat"]}], "answer_outside_range"),
        ("spans", [{"start": 0.5, "end": 3, "labels": ["cat"]}], "answer_not_whole"),
        ("spans", [{"start": 0, "end": 3, "labels": ["cat", "dog"]}], "answer_classes_several"),
        ("spans", [{"start": 0, "end": 3, "labels": ["bird"]}], "answer_not_an_option"),
        ("boxes", [{**BOX, "width": 0, "rectanglelabels": ["cat"]}], "answer_empty_region"),
        ("boxes", [{**BOX, "width": 95, "rectanglelabels": ["cat"]}], "answer_outside_image"),
        ("boxes", [{**BOX, "x": "1", "rectanglelabels": ["cat"]}], "answer_not_number"),
        (
            "polygons",
            [{"points": [[0, 0], [1, 1]], "polygonlabels": ["cat"]}],
            "answer_empty_region",
        ),
        (
            "polygons",
            [{"points": [[0, 0], [1], [2, 2]], "polygonlabels": ["cat"]}],
            "answer_malformed",
        ),
        ("masks", [{"rle": [1, 2, 3], "brushlabels": ["cat"]}], "answer_malformed"),
        ("masks", [{"rle": [0, 0, 0, 8], "brushlabels": ["cat"]}], "answer_malformed"),
        ("tracks", [{"sequence": [], "labels": ["cat"]}], "answer_empty_region"),
        ("tracks", [{"sequence": [1], "labels": ["cat"]}], "answer_malformed"),
    ],
)
def test_a_wrong_answer_is_refused_with_a_sentence(
    name: str, items: list[dict[str, Any]], code: str
) -> None:
    assert refusal(name, items) == code


def test_too_long_a_text_and_too_many_regions_are_refused() -> None:
    assert refusal("text", [{"text": "x" * 11}], Terms(characters_max=10)) == "answer_too_long"
    many = [{**BOX, "rectanglelabels": ["cat"]}] * 3
    assert refusal("boxes", many, Terms(classes=("cat",), count_max=2)) == "answer_too_many"


def test_a_mask_with_single_values_and_short_runs_is_read() -> None:
    """Bits by hand: 8 values of 8 bits, widths 1, 2, 3 and 4; a stretch of 4 single ones, then
    a run of 4 equal ones."""
    head = f"{8:032b}{7:05b}" + "".join(f"{width - 1:04b}" for width in (1, 2, 3, 4))
    single = "0" + "01" + f"{3:02b}" + "".join(f"{value:08b}" for value in (9, 9, 9, 255))
    run = "1" + "10" + f"{3:03b}" + f"{0:08b}"
    bits = head + single + run
    bits += "0" * (-len(bits) % 8)
    packed = [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
    assert rasters.unpack(packed).tolist() == [True, False]
