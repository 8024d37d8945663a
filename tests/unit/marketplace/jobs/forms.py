"""A form for each kind of control, and answers to it."""

from __future__ import annotations

from typing import Any

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


def box(**more: object) -> dict[str, object]:
    sides: dict[str, object] = {"x": 10, "y": 20.5, "width": 30, "height": 40, "rotation": 0}
    return sides | {"rectanglelabels": ["car"]} | more
