"""A real browser before a real server: a worker at a desk, and what the page complained of."""

from __future__ import annotations

import io
import math
import os
import struct
import threading
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, current_app
from PIL import Image, ImageDraw
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from sqlalchemy import select
from werkzeug.serving import make_server

from kernel.db import Database
from kernel.identity import Identity
from kernel.runtime import Runtime
from marketplace.assignments.models import Answer
from marketplace.jobs import interface as interfaces
from marketplace.jobs import queries as jobs
from marketplace.jobs import rendering
from marketplace.jobs.intake import media
from tests import factories
from tests.browser import chromium as finder

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}
SECONDS, RATE = 4, 8_000
# Machines that run tests are often busy: what is slow there is not broken.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One headless Chromium for all tests of this process."""
    found = finder.find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.path,
            args=["--no-sandbox", "--disable-gpu"],
            env={**os.environ, **found.environment},
        )
        yield browser
        browser.close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The address of a real server before the application of this test."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Desk:
    """A worker's browser at one job, and everything its pages complained of."""

    context: BrowserContext
    page: Page
    job_id: UUID
    address: str
    database: Database
    complaints: list[str] = field(default_factory=list)

    def open(self) -> Page:
        """Open the work page and wait for its first task."""
        self.page.goto(f"{self.address}/work/{self.job_id}/tasks")
        self.page.wait_for_selector("[data-work=task] .task-body")
        self.page.wait_for_load_state("networkidle")
        return self.page

    def watch(self, page: Page) -> Page:
        """Collect errors and breaches of the content policy of a page."""
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )
        return page

    def submit(self) -> None:
        """Press the key that hands in, and wait until the server has the answer."""
        count = len(self.answers()) + 1
        self.page.keyboard.press("Enter")
        self.arrived(count)

    def arrived(self, count: int) -> None:
        """Wait until the server has so many answers."""
        for _ in range(PATIENCE_MS // 50):
            if len(self.answers()) >= count:
                return
            self.page.wait_for_timeout(50)
        said = self.page.locator("[data-work=notice], [data-work=alert]").all_inner_texts()
        raise AssertionError(f"Nothing arrived; the page says {said}.")

    def answers(self) -> Sequence[Answer]:
        """Return what the server has, oldest first."""
        with self.database.unit_of_work() as uow:
            found = select(Answer).where(Answer.job_id == self.job_id).order_by(Answer.at)
            rows = uow.session.scalars(found).all()
            uow.session.expunge_all()
            return rows


Opener = Callable[..., Desk]


@pytest.fixture
def desk(app: Flask, address: str, runtime: Runtime, chromium: Browser) -> Iterator[Opener]:
    """Return what opens a desk: `desk(interface, [data, …], files={name: bytes})`."""
    opened: list[Desk] = []

    def make(
        interface: str,
        tasks: Sequence[dict[str, Any]],
        files: dict[str, bytes] | None = None,
        **context: Any,
    ) -> Desk:
        job_id, worker = _job(runtime, interface, tasks, files or {})
        app.extensions["quorum_identify"] = lambda _uow: worker
        made = chromium.new_context(viewport=context.pop("viewport", DESK), **context)
        made.set_default_timeout(PATIENCE_MS)
        one = Desk(made, made.new_page(), job_id, address, runtime.database)
        one.watch(one.page)
        opened.append(one)
        return one

    yield make
    for one in opened:
        one.context.close()
    complaints = [complaint for one in opened for complaint in one.complaints]
    assert not complaints


def _job(
    runtime: Runtime, interface: str, tasks: Sequence[dict[str, Any]], files: dict[str, bytes]
) -> tuple[UUID, Identity]:
    settings = {"title": "A job", "interface": interface, "expected_seconds": 40}
    settings |= {"redundancy": {"answers_min": 2, "answers_max": 2, "is_adaptive": False}}
    with runtime.database.unit_of_work() as uow:
        described = [{"data": data} for data in tasks]
        job = factories.a_published_job(uow, described, settings=settings)
        worker = factories.a_worker(uow)
        if files:
            uploads = [media.Upload(name, io.BytesIO(content)) for name, content in files.items()]
            media.add(uow, jobs.job(uow, job.id, lock=True), runtime.storage, uploads)
        return job.id, worker


def replay(
    page: Page, app: Flask, xml: str, data: dict[str, Any], result: Sequence[dict[str, Any]]
) -> None:
    """Put an answer on the page as reviewers see it, by the parts that every page mounts."""
    shape = interfaces.parse(xml)
    body = rendering.Body(shape, data, str, readonly=True, result=result)
    with app.test_request_context():
        html = rendering.render(current_app.jinja_env, body)
    page.wait_for_timeout(300)
    page.evaluate(
        """(html) => {
          const main = document.querySelector("#main");
          main.innerHTML = html;
          const detail = { elt: main };
          main.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail }));
        }""",
        html,
    )


def a_picture(width: int = 600, height: int = 400) -> bytes:
    """Draw a plain picture with two things to mark."""
    image = Image.new("RGB", (width, height), "#dfe7ee")
    pen = ImageDraw.Draw(image)
    pen.rectangle((90, 120, 240, 300), fill="#8d3b2e")
    pen.ellipse((360, 100, 520, 260), fill="#2e6b8d")
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def a_sound() -> bytes:
    """Record four seconds: silence with one tone in it."""
    kept = io.BytesIO()
    with wave.open(kept, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        loud = range(RATE, 2 * RATE)
        tone = (
            int(12_000 * math.sin(at * 0.3)) if at in loud else 0 for at in range(SECONDS * RATE)
        )
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in tone))
    return kept.getvalue()
