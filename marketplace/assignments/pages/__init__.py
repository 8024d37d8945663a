"""Pages for people who do tasks: find work, do it, and see what became of it."""

from __future__ import annotations

from flask import Blueprint

from marketplace.assignments.pages import choosing, doing

blueprint = Blueprint("work_pages", __name__)
for _part in (choosing, doing):
    blueprint.register_blueprint(_part.blueprint)
