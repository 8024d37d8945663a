"""What joins marks, what is asked only under a condition, and what is asked of each region."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.errors import Refused
from marketplace.jobs import interface
from marketplace.jobs.interface import Interface
from tests.unit.marketplace.jobs.forms import SHOWN, an_item, asking, box


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


def test_a_question_asked_of_each_region_is_answered_beside_its_geometry() -> None:
    words = '<TextArea name="w" toName="i" perRegion="true"/>'
    shape = asking("rectanglelabels", words)
    written = {"from_name": "w", "to_name": "i", "type": "textarea"}
    value = {**box(), "text": ["A 12"]}
    del value["rectanglelabels"]
    items = [an_item("rectanglelabels", box()), {**written, "id": "r1", "value": value}]
    assert interface.check_result(shape, items)["w"] == ["A 12"]
