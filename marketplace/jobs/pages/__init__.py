"""Pages of jobs: draft one, fill it with tasks, fund it, and lead it through its life."""

from __future__ import annotations

from flask import Blueprint

from marketplace.jobs.pages import drafts, filling, leading, offering, shaping, trying

blueprint = Blueprint("job_pages", __name__)
for _part in (drafts, leading, shaping, filling, offering, trying):
    blueprint.register_blueprint(_part.blueprint)
