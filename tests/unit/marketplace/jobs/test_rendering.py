"""How a task looks as HTML, and that other people's text stays text."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from marketplace.jobs import interface, rendering

TEMPLATES = Path(__file__).parents[4] / "templates"
XML = """<View className="card" style="color: red">
  <Style>.card { background: url(https://evil.example/x) }</Style>
  <Header value="What does $who see?"/>
  <Text name="text" value="$text"/><Image name="photo" value="$photo"/>
  <Choices name="big_animal" toName="photo" required="true" requiredMessage="Pick one.">
    <Choice value="cat" hint="meows"/><Choice value="dog" alias="hound"/></Choices>
</View>"""
EVIL = """"><script>alert('x')</script><img src=x onerror="alert(1)">"""


class Tags(HTMLParser):
    """Collect the start tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def an_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    return environment


def drawn(data: dict[str, object], xml: str = XML, **more: object) -> tuple[str, Tags]:
    body = rendering.Body(
        interface.parse(xml),
        data,
        lambda name: f"/media/{name}?signed",
        **more,  # type: ignore[arg-type]
    )
    html = str(rendering.render(an_environment(), body))
    return html, Tags(html)


DATA: dict[str, object] = {"who": "Ann", "text": "a tail", "photo": "1.png", "secret": "gold!"}


def test_a_task_is_a_plain_form_of_radio_buttons_the_work_page_understands() -> None:
    html, tags = drawn(DATA)
    radios = tags.named("input")
    assert [(r["type"], r["name"], r["value"], r["data-to-name"]) for r in radios] == [
        ("radio", "big_animal", "cat", "photo"),
        ("radio", "big_animal", "hound", "photo"),
    ]
    assert [r["data-hotkey"] for r in radios] == ["1", "2"]
    assert all("required" in r and "checked" not in r for r in radios)
    assert tags.named("fieldset")[0]["data-required-message"] == "Pick one."
    assert len(tags.named("legend")) == len(tags.named("fieldset")) == 1
    assert [len(tags.named(tag)) for tag in ("label", "kbd", "small")] == [2, 2, 1]
    assert "What does Ann see?" in html


def test_the_image_has_the_signed_address_and_a_text_that_gives_nothing_away() -> None:
    _, tags = drawn(DATA)
    (image,) = tags.named("img")
    assert image["src"] == "/media/1.png?signed"
    assert image["alt"] == "The picture to label"


def test_text_is_shown_in_the_direction_of_its_own_script() -> None:
    html, tags = drawn(DATA | {"text": "שלום"})
    assert tags.named("p") == [{"class": "task-text", "dir": "auto", "data-shown": None}]
    assert "שלום" in html


def test_fields_the_interface_does_not_show_never_reach_the_page() -> None:
    html, _ = drawn(DATA)
    assert "gold!" not in html


def test_nothing_of_the_requesters_style_or_script_reaches_the_page() -> None:
    html, tags = drawn(DATA)
    assert "evil.example" not in html
    assert not any(
        {"style", "onclick", "onerror"} & attributes.keys() for _, attributes in tags.found
    )
    assert not tags.named("style") and not tags.named("script")


@pytest.mark.parametrize("place", ["who", "text", "photo"])
def test_markup_in_the_data_stays_text(place: str) -> None:
    _, tags = drawn(DATA | {place: EVIL})
    assert not tags.named("script")
    assert len(tags.named("img")) == 1
    assert not any("onerror" in attributes for _, attributes in tags.found)


def test_markup_in_the_interface_stays_text() -> None:
    escaped = EVIL.replace("<", "&lt;").replace('"', "&quot;")
    xml = XML.replace('"cat"', f'"{escaped}"').replace("Pick one.", escaped)
    _, tags = drawn(DATA, xml=xml)
    assert tags.named("input")[0]["value"] == EVIL
    assert not tags.named("script") and len(tags.named("img")) == 1


def test_an_earlier_answer_is_shown_checked_and_a_readonly_task_cannot_be_changed() -> None:
    _, tags = drawn(DATA, chosen={"big_animal": "hound"}, readonly=True)
    assert ["checked" in radio for radio in tags.named("input")] == [False, True]
    assert "disabled" in tags.named("fieldset")[0]


def test_a_control_without_a_heading_shows_its_name_as_the_legend() -> None:
    _, with_heading = drawn(DATA)
    html, tags = drawn(DATA, xml=XML.replace('<Header value="What does $who see?"/>', ""))
    assert tags.named("legend")[0]["class"] == "task-legend"
    assert "visually-hidden" in str(with_heading.named("legend")[0]["class"])
    assert "big animal" in html


def test_an_environment_that_does_not_escape_is_not_used() -> None:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=False)
    body = rendering.Body(interface.parse(XML), DATA, str)
    with pytest.raises(AssertionError):
        rendering.render(environment, body)


def test_html_of_a_task_keeps_its_words_and_loses_all_that_acts_or_fetches() -> None:
    xml = """<View><HyperText name="page" value="$page"/>
      <Choices name="c" toName="page"><Choice value="a"/></Choices></View>"""
    page = (
        '<p onclick="x()">Hello <b>you</b><script>alert(1)</script><img src="https://evil.example/">'
        '<iframe src="https://evil.example/"></iframe><a href="javascript:x()">link</a></p>'
    )
    html, tags = drawn({"page": page}, xml)
    assert "Hello <b>you</b>" in html
    assert not tags.named("script") + tags.named("img") + tags.named("iframe")
    assert "onclick" not in html
    assert "javascript" not in html
