"""What an interface may say, and which mistakes are refused in words."""

from __future__ import annotations

import pytest

from kernel.errors import Refused
from marketplace.jobs import interface

SENTIMENT = """<View>
  <Style>.x { color: red }</Style>
  <Header value="How does $author feel?"/>
  <Text name="text" value="$text"/>
  <Choices name="sentiment" toName="text" choice="single-radio" required="true"
           requiredMessage="Please pick a feeling." showInline="true">
    <Choice value="Positive" hotkey="p"/>
    <Choice value="Neutral" hint="neither"/>
    <Choice value="Very bad" alias="negative"/>
  </Choices>
</View>"""


def an_interface(inside: str = "", choices: str = '<Choice value="a"/><Choice value="b"/>') -> str:
    return f"""<View>
<Text name="text" value="$text"/>
<Choices name="kind" toName="text">{choices}</Choices>
{inside}
</View>"""


def refusal_of(xml: str) -> Refused:
    with pytest.raises(Refused) as caught:
        interface.parse(xml)
    assert caught.value.sentence.endswith(".")
    return caught.value


def test_a_label_studio_template_becomes_objects_controls_and_fields() -> None:
    parsed = interface.parse(SENTIMENT)
    control = parsed.controls["sentiment"]
    assert parsed.objects["text"].kind == "text"
    assert (control.kind, control.to_name, control.required) == ("choice", "text", True)
    assert control.required_message == "Please pick a feeling."
    assert interface.fields(parsed) == {"author": "text", "text": "text"}


def test_an_alias_is_what_answers_store_and_the_value_is_what_people_read() -> None:
    parsed = interface.parse(SENTIMENT)
    assert interface.classes(parsed) == {"sentiment": ("Positive", "Neutral", "negative")}
    assert parsed.controls["sentiment"].options[2].label == "Very bad"
    assert parsed.controls["sentiment"].options[1].hint == "neither"


def test_each_choice_gets_its_own_key_and_a_key_asked_for_is_kept() -> None:
    parsed = interface.parse(SENTIMENT)
    assert [option.hotkey for option in parsed.controls["sentiment"].options] == ["p", "1", "2"]
    many = "".join(f'<Choice value="c{n}" hotkey="{"1" if n == 5 else ""}"/>' for n in range(12))
    keys = [o.hotkey for o in interface.parse(an_interface(choices=many)).controls["kind"].options]
    assert keys == ["2", "3", "4", "5", "6", "1", "7", "8", "9", "", "", ""]


def test_a_choice_that_is_a_digit_is_picked_by_that_digit() -> None:
    choices = "".join(f'<Choice value="{name}"/>' for name in ("none", "7", "0", "10"))
    options = interface.parse(an_interface(choices=choices)).controls["kind"].options
    assert [option.hotkey for option in options] == ["1", "7", "0", "2"]


def test_keys_the_work_page_needs_are_not_given_to_a_choice() -> None:
    choices = '<Choice value="skip" hotkey="s"/><Choice value="x" hotkey="ctrl+x"/>'
    options = interface.parse(an_interface(choices=choices)).controls["kind"].options
    assert [option.hotkey for option in options] == ["1", "2"]


def test_a_heading_shows_the_fields_of_the_task() -> None:
    parsed = interface.parse(SENTIMENT)
    heading = next(node for node in parsed.root.children if node.tag == "Header")
    assert interface.heading(heading, {"author": "Ann"}) == "How does Ann feel?"


def test_an_image_needs_an_image_field() -> None:
    xml = an_interface('<Image name="photo" value="$photo" zoom="true"/>')
    assert interface.fields(interface.parse(xml)) == {"text": "text", "photo": "image"}


def test_a_tag_of_label_studio_we_do_not_draw_yet_is_refused_with_its_line() -> None:
    error = refusal_of(an_interface('<TimelineLabels name="b" toName="text"/>'))
    assert error.code == "interface_tag_unsupported"
    assert error.sentence == "This tag is not supported yet: TimelineLabels (line 4)."
    assert error.details == {"line": 4, "tag": "TimelineLabels"}


def test_a_misspelt_tag_is_refused_with_the_nearest_real_one() -> None:
    error = refusal_of(an_interface("<Chioces/>"))
    assert error.code == "interface_tag_unknown"
    assert "perhaps Choices is meant" in error.sentence


def test_broken_xml_is_refused_with_line_and_column() -> None:
    error = refusal_of("<View>\n  <Text</View>")
    assert error.code == "interface_not_xml"
    assert (error.details["line"], error.details["column"]) == (2, 8)


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ("", "interface_not_xml"),
        ("<View>\ud800</View>", "interface_not_xml"),
        ('<!DOCTYPE v [<!ENTITY a "b">]><View>&a;</View>', "interface_has_entities"),
        ('<!DOCTYPE v SYSTEM "file:///etc/passwd"><View/>', "interface_has_entities"),
        (f"<View><Style>{'x' * 65_536}</Style></View>", "interface_too_large"),
        ("<View>" + "<Header/>" * 200 + "</View>", "interface_too_many_tags"),
        ("<View>" * 13 + "</View>" * 13, "interface_too_deep"),
        ('<Text name="t" value="$t"/>', "interface_root_not_view"),
        ('<View><Text name="t" value="$t"/></View>', "interface_no_control"),
        (an_interface('<Choice value="x"/>'), "interface_tag_misplaced"),
        (an_interface('<Text value="$t"/>'), "interface_name_missing"),
        (an_interface('<Text name="a/b" value="$t"/>'), "interface_name_invalid"),
        (an_interface('<Text name="kind" value="$t"/>'), "interface_name_duplicate"),
        (an_interface('<Text name="t" value="literal"/>'), "interface_value_not_field"),
        (an_interface('<Text name="t"/>'), "interface_value_not_field"),
        (an_interface('<Text name="t" value="$known"/>'), "interface_field_reserved"),
        (an_interface('<Header value="of $priority"/>'), "interface_field_reserved"),
        (an_interface('<Image name="i" value="$text"/>'), "interface_field_conflict"),
        (an_interface('<Choices name="c"/>'), "interface_to_name_missing"),
        (an_interface('<Choices name="c" toName="kind"/>'), "interface_to_name_unknown"),
        (an_interface('<Choices name="c" toName="text"/>'), "interface_no_options"),
        (an_interface(choices='<Choice value=" "/>'), "interface_option_empty"),
        (an_interface(choices='<Choice value="a"/>' * 2), "interface_option_duplicate"),
        (an_interface(choices=f'<Choice value="{"a" * 201}"/>'), "interface_option_too_long"),
        (an_interface(choices='<Choice value="$a"/>'), "interface_option_dynamic"),
        (
            an_interface(choices="".join(f'<Choice value="{n}"/>' for n in range(101))),
            "interface_too_many_options",
        ),
    ],
)
def test_each_mistake_has_its_own_code(xml: str, code: str) -> None:
    assert refusal_of(xml).code == code


@pytest.mark.parametrize(
    "attribute", ['value="$classes"', 'visibleWhen="moon-full"', 'perItem="true"']
)
def test_an_attribute_that_would_change_the_question_is_not_dropped_in_silence(
    attribute: str,
) -> None:
    choices = f'<Choices name="c" toName="text" {attribute}><Choice value="x"/></Choices>'
    error = refusal_of(an_interface(choices))
    assert error.code == "interface_attribute_unsupported"
    assert attribute in error.sentence


def test_the_encoding_an_interface_declares_does_not_garble_it() -> None:
    xml = an_interface(choices='<Choice value="Größe"/>')
    parsed = interface.parse(f'<?xml version="1.0" encoding="latin-1"?>{xml}')
    assert interface.classes(parsed) == {"kind": ("Größe",)}


def test_the_digest_names_the_exact_text() -> None:
    assert interface.digest(SENTIMENT) == interface.digest(SENTIMENT)
    assert interface.digest(SENTIMENT) != interface.digest(SENTIMENT + " ")


def test_wording_and_order_leave_the_meaning_of_answers_alone() -> None:
    reworded = SENTIMENT.replace("How does", "Tell how").replace('hint="neither"', "")
    reworded = reworded.replace('value="Very bad"', 'value="Awful"').replace('hotkey="p"', "")
    assert interface.meaning(interface.parse(reworded)) == interface.meaning(
        interface.parse(SENTIMENT)
    )
    turned = interface.parse(an_interface(choices='<Choice value="b"/><Choice value="a"/>'))
    assert interface.meaning(turned) == interface.meaning(interface.parse(an_interface()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name="sentiment"', 'name="feeling"'),
        ('alias="negative"', 'alias="bad"'),
        ('value="$text"', 'value="$title"'),
    ],
)
def test_other_questions_classes_or_fields_change_the_meaning(old: str, new: str) -> None:
    changed = interface.parse(SENTIMENT.replace(old, new))
    assert interface.meaning(changed) != interface.meaning(interface.parse(SENTIMENT))
