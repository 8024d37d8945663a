"""Every example config of Label Studio is drawn, or refused by a sentence that names the line."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from kernel import errors
from marketplace.jobs import interface, rendering

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[4]
FOLDER = ROOT / ".local" / "label-studio"
WHEEL = "label_studio-1.23.2-py3-none-any.whl"
SHA256 = "c575b2552d0b271554224c5e56ab2ce9449c6e62a0b4851bc8c706d8fe651137"
DOWNLOAD_SECONDS_MAX = 300
CONFIGS, DRAWN_MIN = 69, 42
SAMPLES: dict[str, Any] = {
    "text": "Some words.",
    "html": "<p>Some <b>words</b>.</p>",
    "paragraphs": [{"author": "Ann", "text": "Hello."}],
    "list": [{"id": "a", "title": "A", "body": "First."}],
    "table": {"Name": "A"},
    "series": {"time": [1, 2], "value": [3, 4]},
}


@pytest.fixture(scope="session")
def configs() -> dict[str, str]:
    """The example configs of the pinned wheel by name, fetched once."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not (FOLDER / WHEEL).is_file():
        (FOLDER / "pinned.txt").write_text(f"label-studio==1.23.2 --hash=sha256:{SHA256}\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--require-hashes", "--dest", str(FOLDER), "-r", str(FOLDER / "pinned.txt")]
        subprocess.run(command, check=True, timeout=DOWNLOAD_SECONDS_MAX)
    with zipfile.ZipFile(FOLDER / WHEEL) as wheel:
        return dict(_configs(wheel))


def _configs(wheel: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    for name in wheel.namelist():
        if "/annotation_templates/" in name and name.endswith("/config.yml"):
            told = yaml.safe_load(wheel.read(name))
            if told.get("config"):
                yield name, told["config"]


def test_every_example_is_drawn_or_refused_by_a_sentence(configs: dict[str, str]) -> None:
    app = Flask("configs", root_path=str(ROOT), template_folder=str(ROOT / "templates"))
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(str, lambda one, _many, _count: one, newstyle=True)  # type: ignore[attr-defined]
    assert len(configs) == CONFIGS
    drawn = []
    for name, xml in configs.items():
        try:
            shape = interface.parse(xml)
        except errors.Refused as refusal:
            assert refusal.code.startswith("interface_"), name
            assert re.search(r"[a-z].* \(line \d+\)\.$", refusal.sentence), (name, refusal.sentence)
            continue
        data = {
            field: SAMPLES.get(kind, "a.bin") for field, kind in interface.fields(shape).items()
        }
        assert "task-body" in rendering.render(app.jinja_env, rendering.Body(shape, data, str)), (
            name
        )
        drawn.append(name)
    assert len(drawn) >= DRAWN_MIN
