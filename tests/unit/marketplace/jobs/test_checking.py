"""Which rows become tasks and what is said about the others."""

from __future__ import annotations

from typing import Any

import pytest

from consensus.answers import Terms
from consensus.questions import Question
from marketplace.jobs.intake import checking
from marketplace.jobs.intake.checking import TaskDraft
from marketplace.jobs.reading import Row, RowProblem

FIELDS = {"text": "text", "photo": "image"}


def choices(**classes: tuple[str, ...]) -> dict[str, Question]:
    return {name: Question("choice", Terms(options)) for name, options in classes.items()}


ONE = choices(animal=("cat", "dog", "3"))
TWO = choices(animal=("cat", "dog"), mood=("good", "bad"))
MEDIA = {"1.png", "2.png"}


def a_row(number: int = 2, **more: Any) -> Row:
    return Row(number, {"text": "a tail", "photo": "1.png"} | more)


def check(row: Row, options: Any = ONE, remote_images: bool = False) -> Any:
    form = checking.Form(FIELDS, options, MEDIA, remote_images)
    found = checking.check(row, form)
    assert checking.checker(form)(row) == found, "at a glance nothing else is seen"
    return found


def problems(row: Row, options: Any = ONE, remote_images: bool = False) -> list[tuple[str, str]]:
    found = check(row, options, remote_images)
    assert isinstance(found, list), "the row was found good"
    assert all(each.row == row.number and each.sentence.endswith(".") for each in found)
    return [(each.field, each.code) for each in found]


def test_a_good_row_becomes_a_task_with_its_reserved_columns_apart() -> None:
    row = a_row(
        external_id=" e-1", priority="-5", known="cat", explanation=" Whiskers. ", source="web", n=2
    )
    draft = check(row)
    assert isinstance(draft, TaskDraft)
    assert draft.data == {"text": "a tail", "photo": "1.png", "source": "web", "n": 2}
    assert (draft.external_id, draft.priority, draft.explanation) == (" e-1", -5, "Whiskers.")
    assert (draft.row_number, draft.known, draft.prediction) == (2, {"animal": "cat"}, None)


def test_empty_reserved_columns_mean_nothing_was_said() -> None:
    draft = check(a_row(external_id="", priority="", known="", explanation="", prediction=""))
    assert (draft.external_id, draft.priority, draft.known) == (None, 0, None)
    assert (draft.explanation, draft.prediction) == ("", None)


def test_a_row_that_could_not_be_read_keeps_its_problem() -> None:
    problem = RowProblem(4, "", "row_columns", "Too few.")
    assert check(Row(4, problem=problem)) == [problem]


def test_every_problem_of_a_row_is_told_at_once() -> None:
    row = a_row(text=" ", photo="3.png", priority="high", known="cow", external_id="x" * 201)
    assert problems(row) == [
        ("text", "field_missing"),
        ("photo", "image_unknown"),
        ("external_id", "external_id_invalid"),
        ("priority", "priority_invalid"),
        ("known", "known_not_an_option"),
    ]


@pytest.mark.parametrize("value", [True, ["a"], {"a": "b"}])
def test_a_field_must_be_a_text_or_a_number(value: object) -> None:
    assert problems(a_row(text=value)) == [("text", "field_not_plain")]
    assert problems(a_row(photo=value)) == [("photo", "field_not_plain")]


@pytest.mark.parametrize("value", ["1001", -1001, 1.5, True, "5.0", "9" * 5000, "٣"])
def test_a_priority_is_a_whole_number_in_its_range(value: object) -> None:
    assert problems(a_row(priority=value)) == [("priority", "priority_invalid")]


@pytest.mark.parametrize("value", ["1000", "+7", " -1000 ", 0, 12])
def test_a_priority_in_its_range_is_taken(value: object) -> None:
    assert check(a_row(priority=value)).priority == int(str(value))


@pytest.mark.parametrize("address", ["https://a.example/1.png", "https://a.example:8443/ü.png?x=1"])
def test_an_https_image_is_taken_only_where_the_job_allows_it(address: str) -> None:
    assert problems(a_row(photo=address)) == [("photo", "image_address_not_allowed")]
    assert check(a_row(photo=address), remote_images=True).data["photo"] == address


@pytest.mark.parametrize(
    "address",
    [
        "http://a.example/1.png",
        "javascript://a.example/%0aalert(1)",
        "file:///etc/passwd",
        "https:///1.png",
        "https://user:secret@a.example/1.png",
        "https://a.example/1 2.png",
        'https://a.example/"onerror=',
        "https://a.example:99999/1.png",
        "https://[::1/1.png",
        "https://a.example/" + "x" * 2000,
    ],
)
def test_any_other_address_of_an_image_is_refused(address: str) -> None:
    assert problems(a_row(photo=address), remote_images=True) == [
        ("photo", "image_address_invalid")
    ]


@pytest.mark.parametrize("value", ["//a.example/1.png", "data:image/png;base64,AA", 7, "1.PNG"])
def test_an_image_that_was_not_uploaded_is_refused(value: object) -> None:
    assert problems(a_row(photo=value), remote_images=True) == [("photo", "image_unknown")]


def test_a_known_answer_may_be_written_in_three_ways() -> None:
    item = {"from_name": "animal", "value": {"choices": ["dog"]}}
    for value in (" dog ", {"animal": "dog"}, [item]):
        assert check(a_row(known=value)).known == {"animal": "dog"}
    assert check(a_row(known=3)).known == {"animal": "3"}
    both = {"animal": "cat", "mood": "bad"}
    assert check(a_row(known=both), options=TWO).known == both


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("cat", "known_malformed"),
        ({"animal": 1}, "known_not_an_option"),
        ([{"from_name": "animal"}], "known_malformed"),
        ([{"from_name": ["a"], "value": {"choices": ["cat"]}}], "known_malformed"),
        ({"animal": "good"}, "known_not_an_option"),
        ({"colour": "red"}, "known_malformed"),
    ],
)
def test_with_several_controls_a_known_answer_must_say_which(value: object, code: str) -> None:
    assert problems(a_row(known=value), options=TWO) == [("known", code)]


@pytest.mark.parametrize(
    ("kind", "cell", "kept"),
    [
        ("rating", "4", 4),
        ("number", "2.5", 2.5),
        ("text", "42", "42"),
        ("choices", '["a"]', ["a"]),
        ("spans", '[{"start": 0, "end": 1, "class": "a"}]', [{"start": 0, "end": 1, "class": "a"}]),
        ("spans", '{"c": []}', []),
        (
            "boxes",
            [
                {
                    "from_name": "c",
                    "value": {"x": 1, "y": 2, "width": 3, "height": 4, "rectanglelabels": ["a"]},
                }
            ],
            [{"x": 1, "y": 2, "width": 3, "height": 4, "rotation": 0, "class": "a"}],
        ),
    ],
)
def test_a_known_answer_of_any_kind_is_read(kind: str, cell: object, kept: object) -> None:
    asked = {"c": Question(kind, Terms(("a",) if kind != "text" else ()))}
    assert check(a_row(known=cell), options=asked).known == {"c": kept}


def test_a_prediction_must_be_an_option_too() -> None:
    assert check(a_row(prediction="cat")).prediction == {"animal": "cat"}
    (problem,) = check(a_row(prediction="cow"))
    assert problem.code == "prediction_not_an_option"
    assert problem.sentence == (
        "prediction is no answer to this job."
        " Choose one of the classes of this job: “cat”, “dog”, “3”."
    )


def test_a_long_list_of_options_is_cut_short() -> None:
    (problem,) = check(a_row(known="x"), options=choices(n=tuple(str(n) for n in range(40))))
    assert problem.sentence.endswith("“8”, “9”, ….")


def test_the_content_hash_is_of_the_data_alone_in_any_order() -> None:
    row = Row(9, {"photo": "1.png", "known": "cat", "text": "a tail", "import_row": "4"})
    assert check(row).content_hash == check(a_row(priority=3)).content_hash
    assert check(row).content_hash != check(a_row(text="A tail")).content_hash
