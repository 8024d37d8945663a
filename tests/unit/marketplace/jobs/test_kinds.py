"""What each kind of control takes as an answer, and what it says of an answer that is none."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from kernel.errors import Refused
from marketplace.jobs import interface
from tests.unit.marketplace.jobs.forms import SHOWN, an_item, asking, box


def read(kind: str, *values: object) -> Any:
    items = [an_item(kind, value, id=f"r{place}") for place, value in enumerate(values)]
    return interface.check_result(asking(kind), items, SHOWN)["c"]


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("choices", {"choices": ["d", "a"]}, ["a", "d"]),
        ("taxonomy", {"taxonomy": [["animal", "cat"]]}, ["animal / cat"]),
        ("rating", {"rating": 4}, 4),
        ("number", {"number": 2.5}, 2.5),
        ("datetime", {"datetime": "2026-11-22"}, "2026-11-22"),
        ("textarea", {"text": ["fine", "really"]}, "fine\nreally"),
        ("textarea", {"text": "fine"}, "fine"),
        ("pairwise", {"selected": "right"}, "right"),
        ("ranker", {"ranker": {"c": ["z", "x", "y"]}}, ["z", "x", "y"]),
        (
            "labels",
            {"start": 3, "end": 6, "text": "Ada", "labels": ["PER"]},
            [{"start": 3, "end": 6, "class": "PER"}],
        ),
        (
            "segments",
            {"start": 0.5, "end": 1.25, "labels": ["dog"], "channel": 0},
            [{"start": 0.5, "end": 1.25, "class": "dog"}],
        ),
        (
            "keypointlabels",
            {"x": 1, "y": 2, "width": 0.5, "keypointlabels": ["eye"]},
            [{"x": 1, "y": 2, "class": "eye"}],
        ),
        (
            "rectangle",
            {"x": 0, "y": 0, "width": 100, "height": 100},
            [{"x": 0, "y": 0, "width": 100, "height": 100, "rotation": 0, "class": ""}],
        ),
    ],
)
def test_an_answer_of_each_kind_is_kept_by_what_it_means(
    kind: str, value: object, kept: object
) -> None:
    assert read(kind, value) == kept


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("choices", {"choices": ["a", "a"]}, "answer_repeated"),
        ("choices", {"choices": ["e"]}, "answer_not_an_option"),
        ("taxonomy", {"taxonomy": [["cat"]]}, "answer_not_an_option"),
        ("rating", {"rating": 5}, "answer_outside_range"),
        ("rating", {"rating": 2.5}, "answer_not_whole"),
        ("rating", {"rating": True}, "answer_not_number"),
        ("number", {"number": 11}, "answer_outside_range"),
        ("number", {"number": "3"}, "answer_not_number"),
        ("datetime", {"datetime": "22.11.2026"}, "answer_not_moment"),
        ("datetime", {"datetime": "2027-01-01"}, "answer_outside_range"),
        ("textarea", {"text": [" "]}, "answer_text_empty"),
        ("textarea", {"text": ["a", "b", "c"]}, "answer_too_many"),
        ("textarea", {"text": ["x" * 10_001]}, "answer_too_long"),
        ("pairwise", {"selected": "both"}, "answer_not_a_side"),
        ("ranker", {"ranker": {"c": ["x", "y"]}}, "answer_item_missing"),
        ("ranker", {"ranker": {"c": ["x", "y", "z", "x"]}}, "answer_repeated"),
        ("ranker", {"ranker": {"c": ["x", "y", "z", "w"]}}, "answer_item_unknown"),
        ("labels", {"start": 6, "end": 6, "text": "", "labels": ["PER"]}, "answer_empty_region"),
        ("labels", {"start": 2, "end": 3, "text": " ", "labels": ["PER"]}, "answer_span_empty"),
        (
            "labels",
            {"start": 3, "end": 99, "text": "Ada", "labels": ["PER"]},
            "answer_span_outside",
        ),
        ("labels", {"start": 5, "end": 8, "text": "Ada", "labels": ["PER"]}, "answer_span_differs"),
        ("labels", {"start": 3, "end": 6, "text": "Ada", "labels": []}, "answer_classes_several"),
        ("segments", {"start": 2, "end": 1, "labels": ["dog"]}, "answer_empty_region"),
        ("segments", {"start": -1, "end": 1, "labels": ["dog"]}, "answer_outside_range"),
        ("rectanglelabels", box(x=-50), "answer_outside_image"),
        ("rectanglelabels", box(width=95), "answer_outside_image"),
        ("rectanglelabels", box(height=0), "answer_empty_region"),
        ("rectanglelabels", box(rectanglelabels=["dog"]), "answer_not_an_option"),
        ("rectanglelabels", box(note="x"), "answer_malformed"),
        ("polygonlabels", {"points": [[0, 0], [1, 1]]}, "answer_malformed"),
        (
            "polygonlabels",
            {"points": [[0, 0], [1, 1]], "polygonlabels": ["car"]},
            "answer_empty_region",
        ),
        (
            "polygonlabels",
            {"points": [[0, 0], [1, 1], [101, 0]], "polygonlabels": ["car"]},
            "answer_outside_image",
        ),
        (
            "ellipselabels",
            {"x": 5, "y": 5, "radiusX": 0, "radiusY": 3, "ellipselabels": ["car"]},
            "answer_empty_region",
        ),
    ],
)
def test_each_mistake_in_a_value_has_its_own_code(kind: str, value: object, code: str) -> None:
    with pytest.raises(Refused) as caught:
        read(kind, value)
    assert caught.value.code == code
    assert caught.value.sentence.startswith("Item 1")


def test_marks_may_be_many_and_their_order_says_nothing() -> None:
    first, second = box(), box(x=50)
    assert read("rectanglelabels", first, second) == read("rectanglelabels", second, first)


def test_marking_nothing_is_an_answer_where_marks_are_not_required() -> None:
    assert interface.check_result(asking("labels"), []) == {"c": []}
    strict = interface.parse(
        '<View><Text name="t" value="$t"/><Labels name="c" toName="t" required="true">'
        '<Label value="x"/></Labels></View>'
    )
    with pytest.raises(Refused) as caught:
        interface.check_result(strict, [])
    assert caught.value.code == "answer_missing"


def test_combining_characters_and_emoji_count_one_code_point_each() -> None:
    text = "e\u0301 👩‍👩‍👧 Zoë"
    start = text.index("Zoë")
    value = {"start": start, "end": start + 3, "text": "Zoë", "labels": ["PER"]}
    found = interface.check_result(asking("labels"), [an_item("labels", value)], {"text": text})
    assert found == {"c": [{"start": start, "end": start + 3, "class": "PER"}]}


def test_marks_in_html_count_in_its_text_as_it_is_shown() -> None:
    shape = interface.parse(
        '<View><HyperText name="h" value="$page"/><HyperTextLabels name="c" toName="h">'
        '<Label value="x"/></HyperTextLabels></View>'
    )
    page = {"page": "<p>one <b>two</b> &amp; three<script>alert(1)</script></p>"}
    value = {
        "start": "/p[1]/b[1]/text()[1]",
        "end": "/p[1]/b[1]/text()[1]",
        "startOffset": 0,
        "endOffset": 3,
        "globalOffsets": {"start": 4, "end": 7},
        "text": "two",
        "hypertextlabels": ["x"],
    }
    item = {"id": "a", "from_name": "c", "to_name": "h", "type": "hypertextlabels", "value": value}
    assert interface.check_result(shape, [item], page)["c"][0]["start"] == 4
    item = item | {"value": value | {"text": "one"}}
    with pytest.raises(Refused):
        interface.check_result(shape, [item], page)


@pytest.mark.parametrize(
    ("kind", "fields", "kept"),
    [
        ("choices", [("c", "b"), ("c", "a")], ["a", "b"]),
        ("taxonomy", [("c", '["animal", "cat"]')], ["animal / cat"]),
        ("rating", [("c", "3")], 3),
        ("number", [("c", "7.5")], 7.5),
        ("datetime", [("c", "2026-11-22")], "2026-11-22"),
        ("textarea", [("c", "two\r\nlines")], "two\nlines"),
        ("pairwise", [("c", "left")], "left"),
        (
            "ranker",
            [("c", "x"), ("c:position", "3"), ("c", "y"), ("c:position", "1")]
            + [("c", "z"), ("c:position", "2")],
            ["y", "z", "x"],
        ),
    ],
)
def test_every_question_can_be_answered_without_scripts(
    kind: str, fields: list[tuple[str, str]], kept: object
) -> None:
    shape = asking(kind)
    items = interface.result_items(shape, MultiDict(fields))
    assert interface.check_result(shape, items, SHOWN) == {"c": kept}


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("interface_object_unfit", '<Rectangle name="c" toName="t"/>'),
        ("interface_pair_incomplete", '<Pairwise name="c" toName="t"/>'),
        ("interface_object_unfit", '<Ranker name="c" toName="t"/>'),
        ("interface_no_options", '<Labels name="c" toName="t"/>'),
        ("interface_bound_invalid", '<Rating name="c" toName="t" maxRating="many"/>'),
        (
            "interface_condition_unknown",
            '<Number name="c" toName="t" visibleWhen="choice-selected" whenTagName="nobody"/>',
        ),
        (
            "interface_tag_misplaced",
            '<Choices name="c" toName="t"><Choice value="a"><Choice value="b"/></Choice></Choices>',
        ),
    ],
)
def test_a_control_that_cannot_work_is_refused_when_the_job_is_made(code: str, tag: str) -> None:
    with pytest.raises(Refused) as caught:
        interface.parse(f'<View><Text name="t" value="$text"/>{tag}</View>')
    assert caught.value.code == code


def test_what_cannot_be_left_out_and_marks_count_towards_settling() -> None:
    mixed = interface.parse("""<View><Image name="i" value="$i"/>
      <Choices name="kind" toName="i"><Choice value="a"/></Choices>
      <RectangleLabels name="b" toName="i"><Label value="x"/></RectangleLabels></View>""")
    assert interface.counting(mixed) == ("kind", "b")
    assert interface.classes(mixed) == {"kind": ("a",)}
    assert interface.counting(asking("rectanglelabels")) == ("c",)
