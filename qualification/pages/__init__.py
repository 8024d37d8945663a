"""Pages of exams: an organisation makes and keeps them, workers sit them."""

from __future__ import annotations

from flask import Blueprint

from qualification.pages import keeping, making, sitting

blueprint = Blueprint("qualification_pages", __name__)
for _part in (making, keeping, sitting):
    blueprint.register_blueprint(_part.blueprint)
