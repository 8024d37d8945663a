"""What each kind of control takes as an answer, and what it says of an answer that is none."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from kernel.errors import Refused
from marketplace.jobs import interface
from marketplace.jobs.interface import Interface

TAG_OF = {
    "choices": '<Choices name="c" toName="t" choice="multiple"><Choice value="a"/>'
    '<Choice value="b"/><Choice value="d"/></Choices>',
    "taxonomy": '<Taxonomy name="c" toName="t"><Choice value="animal">'
    '<Choice value="cat"/></Choice>'
    '<Choice value="plant"/></Taxonomy>',
    "rating": '<Rating name="c" toName="t" maxRating="4"/>',
    "number": '<Number name="c" toName="t" min="0" max="10"/>',
    "datetime": '<DateTime name="c" toName="t" min="2026-01-01" max="2026-12-31"/>',
    "textarea": '<TextArea name="c" toName="t" maxSubmissions="2"/>',
    "pairwise": '<Pairwise name="c" toName="t,u"/>',
    "ranker": '<Ranker name="c" toName="l"/>',
    "labels": '<Labels name="c" toName="t"><Label value="PER"/><Label value="ORG"/></Labels>',
    "segments": '<Labels name="c" toName="s"><Label value="dog"/></Labels>',
    "rectanglelabels": '<RectangleLabels name="c" toName="i">'
    '<Label value="car"/></RectangleLabels>',
    "rectangle": '<Rectangle name="c" toName="i"/>',
    "ellipselabels": '<EllipseLabels name="c" toName="i"><Label value="car"/></EllipseLabels>',
    "polygonlabels": '<PolygonLabels name="c" toName="i"><Label value="car"/></PolygonLabels>',
    "keypointlabels": '<KeyPointLabels name="c" toName="i"><Label value="eye"/></KeyPointLabels>',
}
ABOUT = {"pairwise": "t,u", "ranker": "l", "segments": "s"} | dict.fromkeys(
    ["rectanglelabels", "rectangle", "ellipselabels", "polygonlabels", "keypointlabels"],
    "i",
)
SHOWN = {
    "text": "👍🏽 Ada works at Acme.",
    "items": [{"id": "x", "title": "one"}, {"id": "y"}, {"id": "z"}],
}


def asking(kind: str, more: str = "") -> Interface:
    return interface.parse(f"""<View><Text name="t" value="$text"/><Text name="u" value="$other"/>
      <Image name="i" value="$picture"/><Audio name="s" value="$sound"/>
      <List name="l" value="$items"/>{TAG_OF[kind]}{more}</View>""")


def an_item(kind: str, value: object, **more: object) -> dict[str, Any]:
    type_ = "labels" if kind == "segments" else kind
    about = ABOUT.get(kind, "t")
    item = {"id": "r1", "from_name": "c", "to_name": about, "type": type_, "value": value}
    return item | more


def read(kind: str, *values: object) -> Any:
    items = [an_item(kind, value, id=f"r{place}") for place, value in enumerate(values)]
    return interface.check_result(asking(kind), items, SHOWN)["c"]


def box(**more: object) -> dict[str, object]:
    sides: dict[str, object] = {"x": 10, "y": 20.5, "width": 30, "height": 40, "rotation": 0}
    return sides | {"rectanglelabels": ["car"]} | more


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


def test_a_relation_joins_two_marks_of_the_answer() -> None:
    shape = asking("labels", '<Relations><Relation value="works at"/></Relations>')
    ada = an_item("labels", {"start": 3, "end": 6, "text": "Ada", "labels": ["PER"]}, id="a")
    acme = an_item("labels", {"start": 16, "end": 20, "text": "Acme", "labels": ["ORG"]}, id="b")
    link = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right"}
    link = link | {"labels": ["works at"]}
    [found] = interface.check_result(shape, [ada, acme, link], SHOWN)["(relations)"]
    assert (found["from"]["text"], found["to"]["text"]) == ("Ada", "Acme")
    with pytest.raises(Refused) as caught:
        interface.check_result(shape, [ada, link], SHOWN)
    assert caught.value.code == "answer_relation_end_unknown"
    with pytest.raises(Refused) as caught:
        interface.check_result(asking("labels"), [ada, acme, link], SHOWN)
    assert caught.value.code == "answer_relation_not_asked"


def test_the_digest_of_marks_and_relations_knows_no_ids() -> None:
    ada = an_item("labels", {"start": 3, "end": 6, "text": "Ada", "labels": ["PER"]})
    acme = an_item("labels", {"start": 16, "end": 20, "text": "Acme", "labels": ["ORG"]})

    def told(first: str, second: str, start: str, end: str) -> str:
        link = {"type": "relation", "from_id": start, "to_id": end, "direction": "right"}
        return interface.canonical([ada | {"id": first}, link, acme | {"id": second}])

    assert told("a", "b", "a", "b") == told("x", "y", "x", "y")
    assert told("a", "b", "a", "b") != told("a", "b", "b", "a")


def conditional() -> Interface:
    return interface.parse("""<View><Text name="t" value="$text"/>
      <Choices name="ill" toName="t" required="true">
        <Choice value="yes"/><Choice value="no"/></Choices>
      <View visibleWhen="choice-selected" whenTagName="ill" whenChoiceValue="yes">
        <Choices name="how" toName="t" required="true">
          <Choice value="badly"/><Choice value="bit"/></Choices>
      </View></View>""")


def chosen(control: str, value: str) -> dict[str, Any]:
    item = {"id": control, "from_name": control, "to_name": "t", "type": "choices"}
    return item | {"value": {"choices": [value]}}


def test_what_is_not_asked_is_not_required_and_may_not_be_answered() -> None:
    shape = conditional()
    assert interface.check_result(shape, [chosen("ill", "no")]) == {"ill": "no"}
    with pytest.raises(Refused) as caught:
        interface.check_result(shape, [chosen("ill", "yes")])
    assert (caught.value.code, caught.value.details["control"]) == ("answer_missing", "how")
    with pytest.raises(Refused) as caught:
        interface.check_result(shape, [chosen("ill", "no"), chosen("how", "bit")])
    assert caught.value.code == "answer_not_asked"


def test_a_plain_form_leaves_out_what_is_not_asked() -> None:
    items = interface.result_items(conditional(), {"ill": "no", "how": "bit"})
    assert interface.check_result(conditional(), items) == {"ill": "no"}


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


def test_a_question_asked_of_each_region_is_answered_beside_its_geometry() -> None:
    words = '<TextArea name="w" toName="i" perRegion="true"/>'
    shape = asking("rectanglelabels", words)
    written = {"from_name": "w", "to_name": "i", "type": "textarea"}
    value = {**box(), "text": ["A 12"]}
    del value["rectanglelabels"]
    items = [an_item("rectanglelabels", box()), {**written, "id": "r1", "value": value}]
    assert interface.check_result(shape, items)["w"] == ["A 12"]


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
