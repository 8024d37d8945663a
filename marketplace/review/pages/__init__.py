"""Pages of review: labels, answers to decide, people at work, exports, appeals and disputes."""

from __future__ import annotations

from flask import Blueprint

from marketplace.review.pages import arguing, deciding, drawing, giving, taking, watching

blueprint = Blueprint("review_pages", __name__)
for _part in (watching, deciding, drawing, giving, taking, arguing):
    blueprint.register_blueprint(_part.blueprint)
