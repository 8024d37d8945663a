"""A small application over the kernel alone: notes that people keep, and probes that go wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, request
from flask_babel import Babel
from flask_smorest import Api, Blueprint
from marshmallow import fields
from sqlalchemy import select, text

from kernel import runtime as runtimes
from kernel.db import Database, UnitOfWork
from kernel.errors import Conflict, Missing
from kernel.identity import STRANGER, Identity
from kernel.mail import Letter
from kernel.permissions import Permission, signed_in
from kernel.runtime import Runtime
from kernel.settings import ROOT, Settings
from kernel.types import new_id
from kernel.web import assets, http, logs, metrics, paging, problems, security
from kernel.web.fields import In, MoneyIn, Out, PageIn, Text
from kernel.web.http import endpoint, public

JSON_BYTES_MAX = 10_000
KEEP = Permission("note:keep", signed_in, signed_in, "notes:write", "")


class NoteIn(In):
    """Receive a note."""

    text = Text(most=100, required=True)
    price = MoneyIn()


class NoteOut(Out):
    """Show a note."""

    id = fields.UUID()
    text = fields.String(attribute="body")


class NotesOut(Out):
    """Show a page of notes."""

    items = fields.List(fields.Nested(NoteOut))
    next_cursor = fields.String(allow_none=True)


@pytest.fixture
def runtime(database: Database, settings: Settings) -> Iterator[Runtime]:
    """An installation in which nothing follows."""
    started = runtimes.start(settings, {}, {})
    started.redis.flushdb()
    yield started
    started.database.close()
    started.redis.close()


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """The small application."""
    app = Flask("notes", template_folder=str(ROOT / "templates"))
    app.config.update(
        API_TITLE="Notes",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        SECRET_KEY="not a secret",
        MAX_CONTENT_LENGTH=20 * JSON_BYTES_MAX,
    )
    app.extensions["quorum"] = runtime
    app.extensions["quorum_identify"] = lambda _uow: _asker()
    Babel(app)
    app.before_request(_bound_json)
    logs.install(app)
    metrics.install(app)
    security.install(app)
    assets.install(app, ROOT / "static" / "dist")
    Api(app).register_blueprint(_notes())
    problems.install(app)
    return app


def _bound_json() -> None:
    if request.is_json:
        request.max_content_length = JSON_BYTES_MAX


def _asker() -> Identity:
    """Believe the request: who is asking is another package's business."""
    given = request.headers.get("X-Asker")
    return Identity(user_id=UUID(given)) if given else STRANGER


def _notes() -> Blueprint:
    blueprint = Blueprint("notes", __name__, url_prefix="/api/v1")
    for add in (_add_keeping, _add_reading, _add_probes):
        add(blueprint)
    return blueprint


def _add_keeping(blueprint: Any) -> None:
    def keep(uow: UnitOfWork, data: dict[str, Any]) -> Letter:
        note = Letter(id=new_id(), at=uow.now, recipient="-", subject="-", body=data["text"])
        uow.session.add(note)
        uow.later("notes.count", "")
        time.sleep(float(request.args.get("seconds", "0")))
        if data["text"] == "unwelcome":
            raise Conflict("note_unwelcome", "This note is not welcome here.", text=data["text"])
        return note

    @blueprint.post("/notes")
    @endpoint(KEEP)
    @blueprint.arguments(NoteIn)
    @blueprint.response(201, NoteOut)
    def add(uow: UnitOfWork, data: dict[str, Any]) -> Letter:
        return keep(uow, data)

    @blueprint.post("/public-notes")
    @endpoint(public())
    @blueprint.arguments(NoteIn)
    @blueprint.response(201, NoteOut)
    def add_public(uow: UnitOfWork, data: dict[str, Any]) -> Letter:
        return keep(uow, data)

    @blueprint.post("/secret-notes")
    @endpoint(KEEP, shows_secret=True)
    @blueprint.arguments(NoteIn)
    @blueprint.response(201, NoteOut)
    def add_secret(uow: UnitOfWork, data: dict[str, Any]) -> Letter:
        return keep(uow, data)

    @blueprint.post("/files")
    @endpoint(KEEP)
    def upload(uow: UnitOfWork) -> dict[str, Any]:
        keep(uow, {"text": "a file"})
        return {"size": len(request.files["file"].read())}


def _add_reading(blueprint: Any) -> None:
    def note(uow: UnitOfWork, note_id: UUID) -> Letter:
        return uow.get(Letter, note_id, "There is no such note.")

    @blueprint.get("/notes")
    @endpoint(KEEP)
    @blueprint.arguments(PageIn, location="query")
    @blueprint.response(200, NotesOut)
    def read_all(uow: UnitOfWork, data: dict[str, Any]) -> paging.Page[Letter]:
        return paging.page(uow.session, select(Letter), Letter.id, data["cursor"], data["limit"])

    @blueprint.get("/notes/<uuid:note_id>")
    @endpoint(KEEP, load=note)
    @blueprint.response(200, NoteOut)
    def read(_uow: UnitOfWork, note: Letter) -> Letter:
        return note


def _add_probes(blueprint: Any) -> None:
    tries: list[int] = []

    @blueprint.get("/fault")
    @endpoint(public())
    def fault(uow: UnitOfWork) -> None:
        uow.session.execute(text("SELECT :secret, 1 / 0"), {"secret": "hunter2"})

    @blueprint.get("/lost-line")
    @endpoint(public())
    def lose_line(uow: UnitOfWork) -> dict[str, int]:
        tries.append(1)
        if len(tries) <= int(request.args["times"]):
            backend = uow.session.scalar(text("SELECT pg_backend_pid()"))
            with http.runtime().database.engine.connect() as other:
                kill = text("SELECT pg_terminate_backend(:pid, 5000)")
                other.execute(kill, {"pid": backend})
        uow.session.execute(text("SELECT 1"))
        return {"tries": len(tries)}

    @blueprint.get("/missing")
    @endpoint(public())
    def missing(_uow: UnitOfWork) -> None:
        raise Missing("note_gone", "This note went away.")
