"""Which results an interface takes as an answer."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.errors import Refused
from marketplace.jobs import interface

PARSED = interface.parse("""<View>
  <Text name="text" value="$text"/><Image name="photo" value="$photo"/>
  <Choices name="mood" toName="text" required="true">
    <Choice value="good"/><Choice value="bad"/></Choices>
  <Choices name="animal" toName="photo"><Choice value="cat"/><Choice value="dog"/></Choices>
</View>""")


def an_item(
    control: Any = "mood", about: str = "text", chosen: Any = "good", **more: Any
) -> dict[str, Any]:
    item = {"id": "x1", "from_name": control, "to_name": about, "type": "choices"}
    return item | {"value": {"choices": [chosen]}} | more


def test_a_complete_result_gives_the_class_of_each_control() -> None:
    result = [an_item(origin="manual"), an_item("animal", "photo", "cat")]
    assert interface.check_result(PARSED, result) == {"mood": "good", "animal": "cat"}


def test_an_optional_control_may_be_left_out() -> None:
    assert interface.check_result(PARSED, [an_item()]) == {"mood": "good"}


def test_where_nothing_is_marked_required_everything_is() -> None:
    xml = '<View><Text name="t" value="$t"/><Choices name="c" toName="t"><Choice value="x"/>'
    parsed = interface.parse(xml + "</Choices></View>")
    assert interface.counting(parsed) == ("c",)
    with pytest.raises(Refused) as caught:
        interface.check_result(parsed, [])
    assert caught.value.code == "answer_missing"


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (None, "answer_malformed"),
        ({}, "answer_malformed"),
        (["good"], "answer_malformed"),
        ([an_item(value="good")], "answer_malformed"),
        ([an_item(value={"choices": "good"})], "answer_malformed"),
        ([an_item(value={"choices": []})], "answer_malformed"),
        ([an_item(value={"choices": ["good"], "text": "smuggled"})], "answer_malformed"),
        ([an_item(id="\0")], "answer_malformed"),
        ([an_item(id="\ud800")], "answer_malformed"),
        ([an_item(id="x" * 65)], "answer_malformed"),
        ([an_item(id=float("nan"))], "answer_malformed"),
        ([an_item(id="x" * 270_000)], "answer_too_large"),
        ([an_item(script="alert(1)")], "answer_key_unknown"),
        ([an_item("colour")], "answer_control_unknown"),
        ([an_item(control=["mood"])], "answer_control_unknown"),
        ([an_item(), an_item()], "answer_control_repeated"),
        ([an_item(about="photo")], "answer_to_name_wrong"),
        ([an_item(type="labels")], "answer_type_wrong"),
        ([an_item(chosen="fine")], "answer_not_an_option"),
        ([an_item(chosen=1)], "answer_not_text"),
        ([an_item(chosen=["good"])], "answer_not_text"),
        ([an_item(value={"choices": ["good", "bad"]})], "answer_choices_several"),
        ([], "answer_missing"),
        ([an_item("animal", "photo", "cat")], "answer_missing"),
    ],
)
def test_each_mistake_in_a_result_has_its_own_code(result: object, code: str) -> None:
    with pytest.raises(Refused) as caught:
        interface.check_result(PARSED, result)
    assert caught.value.code == code


def test_a_refusal_names_the_item_and_what_is_wrong_with_it() -> None:
    with pytest.raises(Refused) as caught:
        interface.check_result(PARSED, [an_item(), an_item("animal", "photo", "cow")])
    assert caught.value.sentence == "Item 2: Choose one of the classes of this job: “cat”, “dog”."
    assert caught.value.details == {"item": 2}


def test_a_result_nested_without_end_is_refused_and_does_not_crash() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(Refused):
        interface.check_result(PARSED, deep)


def test_a_plain_form_gives_a_result_that_passes() -> None:
    result = interface.result_items(PARSED, {"mood": "bad", "csrf_token": "t", "animal": ""})
    assert interface.check_result(PARSED, result) == {"mood": "bad"}


def test_the_same_content_has_the_same_digest_whatever_its_ids_and_order() -> None:
    first = [an_item(id="a"), an_item("animal", "photo", "cat", id="b")]
    again = [an_item("animal", "photo", "cat", id="c", origin="manual"), an_item(id="d")]
    other = [an_item(chosen="bad"), an_item("animal", "photo", "cat")]
    assert interface.canonical(first) == interface.canonical(again)
    assert interface.canonical(first) != interface.canonical(other)
