"""The signed addresses under which workers see the files of their tasks."""

from __future__ import annotations

from flask import Blueprint, Response, request

from kernel.db import UnitOfWork
from kernel.web.http import endpoint, public, runtime
from marketplace.assignments import showing
from marketplace.jobs import showing as job_showing

SEE_MEDIA = public("media")
blueprint = Blueprint("media", __name__)


@blueprint.get("/media/<assignment>/<field>")
@endpoint(SEE_MEDIA)
def show(uow: UnitOfWork, assignment: str, field: str) -> Response:
    """Show a file to whoever holds its signed address; a wrong or old one leads nowhere."""
    secret = runtime().settings.secret_key
    return job_showing.file(showing.media_behind(uow, assignment, field, request.args, secret))
