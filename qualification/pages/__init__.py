"""Pages of exams: an organisation makes them, workers sit them."""

from __future__ import annotations

from flask import Blueprint

from qualification.pages import making, sitting

blueprint = Blueprint("qualification_pages", __name__)
for _part in (making, sitting):
    blueprint.register_blueprint(_part.blueprint)
