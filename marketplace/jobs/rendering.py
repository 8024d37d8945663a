"""Draw a task as the form a worker fills in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from marketplace.jobs import interface
from marketplace.jobs.interface import Interface
from marketplace.jobs.interface.parts import Control
from marketplace.jobs.interface.tags import Node

TEMPLATE = "interface/body.html"


@dataclass(frozen=True)
class Body:
    """What the templates ask of one task; fields the interface does not show stay unseen."""

    interface: Interface
    data: Mapping[str, Any]
    media_url: Callable[[str], str]
    chosen: Mapping[str, str] = field(default_factory=dict)
    readonly: bool = False

    @property
    def has_heading(self) -> bool:
        """Tell whether the interface words its own question, so that a legend would repeat it."""
        return _has_heading(self.interface.root)

    def heading(self, node: Node) -> str:
        """Return the words of a heading."""
        return interface.heading(node, self.data)

    def text(self, node: Node) -> str:
        """Return the text to label."""
        return str(self._value(node))

    def address(self, node: Node) -> str:
        """Return the address of the image to label."""
        return self.media_url(str(self._value(node)))

    def control(self, node: Node) -> Control:
        """Return the control a tag stands for."""
        return self.interface.controls[node.get("name")]

    def needs(self, control: Control) -> bool:
        """Tell whether an answer may not leave the control out."""
        return control.name in interface.counting(self.interface)

    def _value(self, node: Node) -> Any:
        return self.data.get(self.interface.objects[node.get("name")].field, "")


def render(environment: Environment, body: Body) -> Markup:
    """Return the task as HTML that is safe to place in a page: a plain form's fields.

    `media_url` turns what an image field holds (a file name or an https address) into an address.
    """
    assert _escapes(environment), "tasks hold other people's text, which templates must escape"
    return Markup(environment.get_template(TEMPLATE).render(body=body))


def _escapes(environment: Environment) -> bool:
    setting = environment.autoescape
    return setting(TEMPLATE) if callable(setting) else setting


def _has_heading(node: Node) -> bool:
    return node.tag == "Header" or any(_has_heading(child) for child in node.children)
