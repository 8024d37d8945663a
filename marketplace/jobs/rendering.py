"""Draw a task as the form a worker fills in, or with an answer as it was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from marketplace.jobs import interface
from marketplace.jobs.interface import Interface, conditions, controls, parts
from marketplace.jobs.interface.controls import Control
from marketplace.jobs.interface.tags import Node
from marketplace.jobs.interface.values import limits, pointing

TEMPLATE = "interface/body.html"
SHORT_CHARACTERS_MAX = 22
# As Label Studio counts where a film's tag does not say.
FRAMES_A_SECOND = "24"
# Objects are marked by the script of their kind, but for these.
_WIDGET_OF = {"audio": "recording", "video": "recording", "html": "text"}
_WIDGET_OF_KIND = {"masks": "brush", "tracks": "film"}


@dataclass(frozen=True)
class Body:
    """What the templates ask of one task; fields the interface does not show stay unseen.

    `chosen` maps controls to values as answers keep them; `result` are the items of one answer,
    which the page's script draws over the task.
    """

    interface: Interface
    data: Mapping[str, Any]
    media_url: Callable[[str], str]
    chosen: Mapping[str, Any] = field(default_factory=dict)
    readonly: bool = False
    result: Sequence[Mapping[str, Any]] = ()

    @property
    def has_heading(self) -> bool:
        """Tell whether headings word the questions, so that a legend would repeat them."""
        headings = sum(node.tag == "Header" for node in _walk(self.interface.root))
        asked = [each for each in self.interface.controls.values() if not each.is_per_region]
        return headings >= max(1, len(asked))

    @property
    def relations(self) -> tuple[str, ...] | None:
        """Return what marks may be joined by, None where they may not be joined."""
        return self.interface.relations

    def heading(self, node: Node) -> str:
        """Return the words of a heading."""
        return interface.heading(node, self.data)

    def kind(self, node: Node) -> str:
        """Return the kind of the object a tag shows."""
        return parts.KIND_OF_OBJECT[node.tag]

    def text(self, node: Node) -> str:
        """Return the text to label."""
        return str(self._value(node))

    def html(self, node: Node) -> Markup:
        """Return the HTML to label, without anything that acts or fetches."""
        return Markup(interface.sanitised(str(self._value(node))))

    def address(self, node: Node) -> str:
        """Return the address of the picture or recording to label."""
        return self.media_url(str(self._value(node)))

    def turns(self, node: Node) -> list[tuple[str, str]]:
        """Return who said what in a conversation, in order."""
        who, what = node.get("nameKey") or "author", node.get("textKey") or "text"
        said = [each for each in self._rows(node) if isinstance(each, Mapping)]
        return [(str(each.get(who, "")), str(each.get(what, ""))) for each in said]

    def items(self, node: Node) -> list[dict[str, Any]]:
        """Return the items of a list, each with id, title and body."""
        return pointing.items(self._value(node))

    def ranked(self, control: Control) -> list[dict[str, Any]]:
        """Return the items that a control puts in order."""
        return pointing.items(self.data.get(self.interface.objects[control.to_name].field))

    def table(self, node: Node) -> tuple[list[str], list[list[str]]]:
        """Return the columns of a table and its rows; an object is told by name and value."""
        value = self._value(node)
        if isinstance(value, Mapping):
            return [], [[str(name), str(each)] for name, each in value.items()]
        rows = [each for each in self._rows(node) if isinstance(each, Mapping)]
        columns = list(dict.fromkeys(str(name) for row in rows for name in row))
        return columns, [[str(row.get(name, "")) for name in columns] for row in rows]

    def frames_a_second(self, node: Node) -> str:
        """Return how many pictures a film shows in a second, by which its frames are counted."""
        given = node.get("framerate") or node.get("frameRate")
        return given if given.replace(".", "", 1).isdecimal() and float(given) else FRAMES_A_SECOND

    def series(self, node: Node) -> dict[str, Any]:
        """Return the curves of a time series: the moments, then each channel's name and values."""
        value = self._value(node)
        columns = value if isinstance(value, Mapping) else {}
        channels = [
            {
                "name": channel.get("displayName") or channel.get("column"),
                "units": channel.get("units"),
                "values": columns.get(channel.get("column"), []),
            }
            for channel in node.children
        ]
        return {"moments": columns.get(node.get("timeColumn"), []), "channels": channels}

    def widgets(self, node: Node) -> str:
        """Return the names of the scripts that mark an object, "" where nothing is marked."""
        kinds = {each.kind for each in self.marked_by(node.get("name"))}
        shown = _WIDGET_OF.get(self.kind(node), self.kind(node))
        own = [_WIDGET_OF_KIND[kind] for kind in sorted(kinds & _WIDGET_OF_KIND.keys())]
        return " ".join([shown, *own] if kinds - _WIDGET_OF_KIND.keys() else own)

    def control(self, node: Node) -> Control | None:
        """Return the control to draw at a tag; labels may stand for boxes that move in a film."""
        nodes = _walk(self.interface.root)
        about = [each for each in nodes if each.get("toName") == node.get("toName")]
        lenders = [each for each in about if controls.lends(each, about)]
        if node in lenders:
            marking = self.marked_by(node.get("toName"))
            return next(each for each in marking if each.kind == "tracks")
        found = self.interface.controls[node.get("name")]
        return None if found.kind == "tracks" and lenders else found

    def marked_by(self, name: str) -> list[Control]:
        """Return the controls that mark regions of the object of a name."""
        asked = self.interface.controls.values()
        return [each for each in asked if each.marks_regions and each.to_name == name]

    def is_ranked(self, node: Node) -> bool:
        """Tell whether a list is put in order, so that the control shows it."""
        asked = self.interface.controls.values()
        return any(each.tag == "Ranker" and each.to_name == node.get("name") for each in asked)

    def is_paired(self, node: Node) -> bool:
        """Tell whether an object is compared with another one."""
        pairs = [each for each in self.interface.controls.values() if each.kind == "pairwise"]
        return any(node.get("name") in _names(each.to_name) for each in pairs)

    def needs(self, control: Control) -> bool:
        """Tell whether an answer may not leave the control out."""
        return control.name in self.interface.needed

    def when(self, node: Node) -> list[dict[str, Any]]:
        """Return the condition under which a tag is shown, for the script; none where always."""
        found = conditions.of(node)
        return [found.as_json()] if found else []

    def is_chosen(self, control: Control, value: object) -> bool:
        """Tell whether a value is the one, or one of those, chosen for a control."""
        chosen = self.chosen.get(control.name)
        return value in chosen if isinstance(chosen, list) else value == chosen

    def stars(self, control: Control) -> range:
        """Return the ratings to choose from."""
        return range(1, int(control.bounds.get("maxRating", "") or limits.RATING_MAX) + 1)

    def is_short(self, control: Control) -> bool:
        """Tell whether all classes are short enough to stand side by side."""
        return all(
            len(option.label) <= SHORT_CHARACTERS_MAX and not option.hint
            for option in control.options
        )

    def _value(self, node: Node) -> Any:
        return self.data.get(self.interface.objects[node.get("name")].field, "")

    def _rows(self, node: Node) -> Sequence[Any]:
        value = self._value(node)
        return value if isinstance(value, list) else []


def render(environment: Environment, body: Body) -> Markup:
    """Return the task as HTML that is safe to place in a page: a plain form's fields.

    `media_url` turns what a media field holds (a file name or an https address) into an address.
    """
    assert _escapes(environment), "tasks hold other people's text, which templates must escape"
    return Markup(environment.get_template(TEMPLATE).render(body=body))


def _escapes(environment: Environment) -> bool:
    setting = environment.autoescape
    return setting(TEMPLATE) if callable(setting) else setting


def _walk(node: Node) -> list[Node]:
    return [node, *(found for child in node.children for found in _walk(child))]


def _names(to_name: str) -> list[str]:
    return [name.strip() for name in to_name.split(",")]
