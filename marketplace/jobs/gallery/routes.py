"""Ready interfaces for programs: list them, and get one to draft a job with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask_smorest import Blueprint

from kernel.db import UnitOfWork
from kernel.web.http import endpoint
from marketplace.jobs import gallery, policy
from marketplace.jobs.gallery import schemas

blueprint = Blueprint(
    "gallery", __name__, url_prefix="/api/v1", description="Ready interfaces to begin with"
)


@blueprint.get("/gallery")
@endpoint(policy.BROWSE)
@blueprint.response(200, schemas.FormsOut)
def list_forms(_uow: UnitOfWork) -> Mapping[str, Any]:
    """List the ready interfaces."""
    return {"items": list(gallery.forms().values())}


@blueprint.get("/gallery/<name>")
@endpoint(policy.BROWSE)
@blueprint.response(200, schemas.FormDetailsOut)
def show_form(_uow: UnitOfWork, name: str) -> Mapping[str, Any]:
    """Show a ready interface with its guidelines, sample tasks and sample answers."""
    form = gallery.form(name)
    rows = [{"data": row.data, "result": form.result(row)} for row in form.rows]
    return asdict(form) | {"rows": rows}
