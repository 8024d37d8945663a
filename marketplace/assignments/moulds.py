"""Draw the form of an interface once, and fill in what each task shows."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from jinja2 import Environment
from markupsafe import Markup, escape

from marketplace.jobs import interface, rendering
from marketplace.jobs.interface import Interface, parts

# What a template writes of such a field is its value, escaped; of others it draws rows or items.
PLAIN_KINDS = parts.MEDIA_KINDS | {"text"}
MOULDS_MAX = 500
# Characters of private use stand where a value will: no escaping touches them.
_HOLE = re.compile("\ue000([^\ue001]*)\ue001")

# A job, a version of its interface, and the language of the page.
Key = tuple[UUID, int, str]
_moulds: OrderedDict[Key, list[str]] = OrderedDict()
_lock = threading.Lock()


def draw(environment: Environment, key: Key, shape: Interface, data: Mapping[str, Any]) -> Markup:
    """Return a fresh task as rendering.render draws it; `key` names the interface for good.

    Drawing takes milliseconds, most of them for words that are the same in every task.
    """
    fields = interface.fields(shape)
    if not PLAIN_KINDS.issuperset(fields.values()):
        return rendering.render(environment, rendering.Body(shape, data, str))
    with _lock:
        mould = _moulds.get(key)
    if mould is None:
        holes = {name: f"\ue000{name}\ue001" for name in fields}
        mould = _HOLE.split(rendering.render(environment, rendering.Body(shape, holes, str)))
        with _lock:
            _moulds[key] = mould
            if len(_moulds) > MOULDS_MAX:
                _moulds.popitem(last=False)
    return Markup("".join(_filled(mould, data)))


def _filled(mould: list[str], data: Mapping[str, Any]) -> list[str]:
    """Return a mould with its holes, every second piece, filled."""
    pieces = list(mould)
    pieces[1::2] = [escape(str(data.get(name, ""))) for name in pieces[1::2]]
    return pieces
