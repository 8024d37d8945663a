"""Words for templates: moments, spans of time, amounts and Markdown as people read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import nh3
from flask import Blueprint
from markdown_it import MarkdownIt
from markupsafe import Markup

from kernel.money import Money
from marketplace.jobs import interface

MINUTE, HOUR, DAY = 60, 3_600, 86_400
# Raw HTML stays text; what the renderer writes is cleaned once more all the same.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


def install(blueprint: Blueprint) -> None:
    """Give every template of the application these filters."""
    for words in (moment, span, markdown, as_money, share, interface.words):
        blueprint.add_app_template_filter(words)


def moment(at: datetime | None) -> Markup:
    """Write a moment in UTC, machine-readable too; nothing is a dash."""
    if at is None:
        return Markup("–")
    shown = f"{at.day} {at:%b %Y, %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), shown)


def span(seconds: int) -> str:
    """Write a number of seconds in the largest unit that still tells it, rounded."""
    for size, one, more in ((DAY, "day", "days"), (HOUR, "hour", "hours"), (MINUTE, "min", "min")):
        if seconds >= 2 * size or (size == MINUTE and seconds >= size):
            count = round(seconds / size)
            return f"{count} {one if count == 1 else more}"
    return f"{seconds} s"


def markdown(text: str) -> Markup:
    """Turn Markdown that people wrote into HTML that is safe to show."""
    return Markup(nh3.clean(_markdown.render(text)))


def as_money(micros: Any, currency: str) -> Money:
    """Read micros of a currency as money."""
    return Money(int(micros), currency)


def share(part: float) -> str:
    """Write a share between 0 and 1 in per cent."""
    return f"{float(part):.0%}"
