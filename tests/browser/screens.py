"""Take pictures of the pages at both widths into docs/screens, as `make screens` does."""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser import chromium

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "screens"
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
PASSWORD = "a long sample password"
START_SECONDS_MAX = 240
COLOURS = 96
WIDTHS: dict[str, ViewportSize] = {
    "wide": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
}
# Who looks at what: the name of the picture, and its address; {job} is the person's first job.
PAGES: dict[str, dict[str, str]] = {
    "": {
        "landing": "/",
        "gallery": "/gallery",
        "boxes": "/gallery/boxes",
        "masks": "/gallery/masks",
        "names": "/gallery/entities",
        "sounds": "/gallery/sounds",
        "films": "/gallery/video-boxes",
    },
    "worker": {
        "find-work": "/work",
        "job-for-workers": "{job}",
        "task": "{job}/tasks",
        "my-work": "/work/mine",
        "my-quality": "/work/quality",
        "earnings": "/earnings",
    },
    "requester": {
        "jobs": "/jobs",
        "new-job": "/jobs/new",
        "job": "{job}",
        "labels": "{job}/labels",
        "review": "{job}/review",
        "quality": "{job}/quality",
        "money": "/money",
    },
    "admin": {
        "administration": "/admin",
        "payouts": "/admin/payouts",
        "books": "/admin/books",
        "audit": "/admin/audit",
    },
}


@click.command()
def screens() -> None:
    """Serve the sample jobs from a folder of their own, and take every picture anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = chromium.find()
    with _served() as (address, environment), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.path,
            args=["--no-sandbox", "--disable-gpu"],
            env={**os.environ, **found.environment},
        )
        for width in WIDTHS:
            for person in PAGES:
                _look(browser, address, person, width, environment)
        browser.close()
    bytes_all = sum(path.stat().st_size for path in FOLDER.glob("*.png"))
    click.echo(f"{len(list(FOLDER.glob('*.png')))} pictures, {bytes_all / 1_000:.0f} kB")


@contextmanager
def _served() -> Iterator[tuple[str, dict[str, str]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "QUORUM_LOCAL": folder}
        command = [*FLASK, "serve", "--address", place]
        with (Path(folder) / "serve.log").open("w") as log:
            server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
            try:
                _wait(f"http://{place}/readyz")
                yield f"http://{place}", environment
            finally:
                server.terminate()
                server.wait()


def _wait(address: str) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < until:
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(1)
    raise TimeoutError(f"Nothing answers at {address}.")


def _look(
    browser: Browser, address: str, person: str, width: str, environment: dict[str, str]
) -> None:
    context = browser.new_context(viewport=WIDTHS[width], base_url=address)
    context.set_default_timeout(60_000)
    page = context.new_page()
    job = _sign_in(page, person, environment) if person else ""
    for name, path in PAGES[person].items():
        page.goto(path.format(job=job))
        page.wait_for_load_state("networkidle")
        if page.locator("[data-preview=sample]").count():
            page.locator("[data-preview=sample]").click()
        page.wait_for_timeout(600)
        _keep(page.screenshot(), FOLDER / f"{name}-{width}.png")
    context.close()


def _sign_in(page: Page, person: str, environment: dict[str, str]) -> str:
    """Sign in, with a second factor where there is one; return the address of the first job."""
    page.goto("/sign-in")
    page.fill("input[name=email]", f"{person}@example.org")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_load_state()
    if person == "admin":
        page.goto("/admin")
        page.fill("input[name=password]", PASSWORD)
        page.fill("input[name=code]", _code(environment))
        page.click("main button[type=submit]")
        page.wait_for_load_state()
        return ""
    page.goto({"worker": "/work", "requester": "/jobs"}[person])
    links = re.findall(r'href="(/(?:work|jobs)/[0-9a-f-]{36})"', page.content())
    return links[0]


def _code(environment: dict[str, str]) -> str:
    command = [*FLASK, "admin", "code", "admin@example.org"]
    told = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return told.stdout.split()[-1]


def _keep(content: bytes, path: Path) -> None:
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    few = picture.quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(path, "PNG", optimize=True)


if __name__ == "__main__":
    screens()
