"""Pages of quality: the dashboard, plans, reasons, checks, rules, second looks, one's own."""

from __future__ import annotations

from flask import Blueprint

from marketplace.quality.pages import (
    checking,
    living,
    looking_twice,
    planning,
    ruling,
    showing,
    working,
)

blueprint = Blueprint("quality_pages", __name__)
for _part in (showing, living, planning, checking, ruling, looking_twice, working):
    blueprint.register_blueprint(_part.blueprint)
